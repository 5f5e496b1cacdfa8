// Package check tells whether a program that works with Linktree is ready for
// production, and if it is not, what to do about it: the API is up and takes the
// token, there is room below the rate limit, the webhook URL can be reached and
// its certificate lasts, the links can be read, the provider has an active
// subscription of the URL for all events, and the clocks agree.
//
//	report := check.Run(ctx, client, nil)
//	fmt.Print(report)
//	os.Exit(report.ExitCode())
package check

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/transport"
)

// The items of a [Report], in its order.
const (
	Health       = "health"       // the API is up
	Auth         = "auth"         // it takes the token
	Headroom     = "headroom"     // the token is far enough from the rate limit
	Webhook      = "webhook"      // the webhook URL answers HEAD over TLS 1.2 or later
	Links        = "links"        // the links can be read
	Subscription = "subscription" // the webhook URL is subscribed to all wanted events
	Clock        = "clock"        // this machine's clock is right

	// Configuration is the item of the report of [Misconfigured].
	Configuration = "configuration"
)

// The defaults of [Options].
const (
	defaultMinHeadroom     = 20
	defaultCertificateLeft = 14 * 24 * time.Hour
	defaultMaxSkew         = 30 * time.Second
	defaultTimeout         = 10 * time.Second

	oldToken = 90 * 24 * time.Hour
)

// refusedSkew is how far apart clocks are when webhooks are refused: the
// tolerance that package verify has for their timestamps.
const refusedSkew = 5 * time.Minute

// Options are what [Run] can be told. Nil and the zero value are ready to use.
type Options struct {
	// WebhookURL is where the program receives webhooks. Empty is that of
	// the client's options; if that is empty, too, Webhook and Subscription
	// are off.
	WebhookURL string

	// Events are the types that the URL must be subscribed to; none stands
	// for [linktree.EventTypes].
	Events []string

	// Scopes are what the program needs its token for, as the provider names
	// them. If the answer to the account tells more in the header
	// X-OAuth-Scopes, Auth warns: a token that leaks should be of little use.
	// Whether Linktree tells is not known. Nil does not look.
	Scopes []string

	// TokenIssued is when the token was issued. Over 90 days ago it is a
	// warning. Zero does not look.
	TokenIssued time.Time

	// MinHeadroom is how many requests must be left until the provider's
	// limit: more than that. Zero is 20.
	MinHeadroom int

	// CertificateLeft is for how long the webhook URL's certificate must be
	// valid from now. Zero is 14 days; for certificates that live for days
	// only it should be less.
	CertificateLeft time.Duration

	// MaxSkew is how far this machine's clock may be from the provider's
	// without a warning. Zero is 30 seconds. From five minutes on the check
	// fails: webhooks are refused then.
	MaxSkew time.Duration

	// Timeout is how long an item may take, with all retries and waits. Five
	// of them send something, so that a check ends within five times that.
	// Zero is 10 seconds.
	Timeout time.Duration

	// RootCAs are the authorities that the webhook URL's certificate must
	// come from. Nil is the machine's own; a test passes those of its server.
	RootCAs *x509.CertPool
}

// Run finds out whether the program can go into production, or why it no longer
// works there. The report says what to do where something is not so.
//
// It changes nothing, and sends four requests or a few more to the provider: by
// the client's layers, so that they count for its limits and are repeated like
// any others, but are not answered from memory. The webhook URL is asked from
// this machine; what keeps the provider away from it is not found.
//
// What the client's own limit or its open circuit kept from being asked is a
// warning; what ctx cuts short has failed. Run is safe for concurrent use, and
// panics if an option is negative.
func Run(ctx context.Context, client *api.Client, o *Options) *Report {
	k := newChecker(client, o)
	k.ask(ctx, Health, k.health)
	k.ask(ctx, Auth, k.auth)
	k.note(Headroom, k.headroom())
	k.ask(ctx, Webhook, k.webhook)
	k.ask(ctx, Links, k.links)
	k.ask(ctx, Subscription, k.subscription)
	k.note(Clock, k.skew())
	return k.report
}

// A checker makes a report.
type checker struct {
	client   *api.Client // that asks; what comes back goes through quota and clock
	insecure bool        // the client is for development
	agent    string      // User-Agent
	opts     Options
	quota    *transport.Headroom
	clock    clock
	report   *Report
	inVain   string // why the API needs not be asked any more; empty: it can be
}

func newChecker(c *api.Client, o *Options) *checker {
	k := &checker{
		report: &Report{Time: time.Now()},
	}
	of := c.Options()
	if o != nil {
		k.opts = *o
	}
	o = &k.opts
	if o.MinHeadroom < 0 || min(o.CertificateLeft, o.MaxSkew, o.Timeout) < 0 {
		panic("check: an option is negative")
	}
	o.WebhookURL = cmp.Or(o.WebhookURL, of.WebhookURL)
	o.MinHeadroom = cmp.Or(o.MinHeadroom, defaultMinHeadroom)
	o.CertificateLeft = cmp.Or(o.CertificateLeft, defaultCertificateLeft)
	o.MaxSkew = cmp.Or(o.MaxSkew, defaultMaxSkew)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	if len(o.Events) == 0 {
		o.Events = linktree.EventTypes()
	}
	// The client's own may be from before, or not be there.
	k.quota = transport.NewHeadroom(&transport.HeadroomOptions{Quota: of.Headroom.Quota})
	k.client, k.insecure, k.agent = c.With(k.clock.layer, k.quota.Layer), of.InsecureDevelopment, of.UserAgent
	return k
}

// ask adds an item for which something has to be sent.
func (k *checker) ask(ctx context.Context, name string, judge func(context.Context) Item) {
	start := time.Now()
	item := skipped("the time for the check was over")
	if ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(api.Fresh(ctx), k.opts.Timeout)
		defer cancel()
		if item = judge(ctx); heldBack(item.Err) {
			item.Status, start = Warn, time.Now() // nothing was found out
		}
	} else if len(k.report.Items) == 0 {
		item = failed("the check was given up before it began", ctx.Err())
	}
	if item.Status != Skipped && item.Status != Off {
		item.Duration = time.Since(start)
	}
	k.note(name, item)
}

// heldBack tells whether the client itself has kept a request from being sent.
func heldBack(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && e.Attempts == 0 &&
		(errors.Is(err, api.ErrLocalLimit) || errors.Is(err, api.ErrCircuitOpen))
}

func (k *checker) note(name string, item Item) {
	item.Name = name
	k.report.Items = append(k.report.Items, item)
}

func passed(detail string) Item { return Item{Status: Pass, Detail: detail} }
func warned(detail string) Item { return Item{Status: Warn, Detail: detail} }
func off(why string) Item       { return Item{Status: Off, Detail: why} }
func failed(detail string, err error) Item {
	return Item{Status: Fail, Detail: detail, Err: err}
}
func skipped(why string) Item { return Item{Status: Skipped, Detail: why} }
