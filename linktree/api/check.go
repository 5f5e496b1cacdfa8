package api

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/transport"
)

// The items of a [Report], in its order.
const (
	CheckHealth       = "health"       // the API is up
	CheckAuth         = "auth"         // it takes the token
	CheckHeadroom     = "headroom"     // the token is far enough from the rate limit
	CheckWebhook      = "webhook"      // the webhook URL answers HEAD over TLS 1.2 or later
	CheckLinks        = "links"        // the links can be read
	CheckSubscription = "subscription" // the webhook URL is subscribed to all wanted events
	CheckClock        = "clock"        // this machine's clock is right
)

// The defaults of [CheckOptions].
const (
	DefaultMinHeadroom     = 20
	DefaultCertificateLeft = 14 * 24 * time.Hour
	DefaultMaxSkew         = 30 * time.Second
	DefaultCheckTimeout    = 10 * time.Second
)

// refusedSkew is how far apart clocks are when webhooks are refused: the
// tolerance that package verify has for their timestamps.
const refusedSkew = 5 * time.Minute

// CheckOptions are what [Client.Check] can be told. Nil and the zero value are
// ready to use.
type CheckOptions struct {
	// WebhookURL is where the program receives webhooks. Empty is that of
	// the client's Options.
	WebhookURL string

	// Events are the types that the URL must be subscribed to; none stands
	// for [linktree.EventTypes].
	Events []string

	// MinHeadroom is how many requests must be left until the provider's
	// limit: more than that. Zero is DefaultMinHeadroom.
	MinHeadroom int

	// CertificateLeft is for how long the webhook URL's certificate must be
	// valid from now. Zero is DefaultCertificateLeft; for certificates that
	// live for days only it should be less.
	CertificateLeft time.Duration

	// MaxSkew is how far this machine's clock may be from the provider's
	// without a warning. Zero is DefaultMaxSkew. From five minutes on the
	// check fails: webhooks are refused then.
	MaxSkew time.Duration

	// Timeout is how long an item may take, with all retries and waits. Five
	// of them send something, so that a check ends within five times that.
	// Zero is DefaultCheckTimeout.
	Timeout time.Duration

	// RootCAs are whom the webhook URL's certificate must come from. Nil is
	// the machine's own; a test passes those of its server.
	RootCAs *x509.CertPool
}

// Check finds out whether the program can go into production, or why it no
// longer works there: the API is up and takes the token, there is room below the
// rate limit, the webhook URL can be reached and its certificate lasts, the
// links can be read, the provider has an active subscription of the URL for all
// events, and the clocks agree. The report says what to do where that is not so.
//
// It changes nothing, and sends four requests or a few more to the provider: by
// the client's layers, so that they count for its limits and are repeated like
// any others, but are not answered from memory. The webhook URL is asked from
// this machine; what keeps the provider away from it is not found.
//
// What the client's own limit or its open circuit kept from being asked is a
// warning; what ctx cuts short has failed. Check is safe for concurrent use, and panics if
// an option is negative.
func (c *Client) Check(ctx context.Context, o *CheckOptions) *Report {
	k := newChecker(c, o)
	k.ask(ctx, CheckHealth, k.health)
	k.ask(ctx, CheckAuth, k.auth)
	k.note(CheckHeadroom, k.headroom())
	k.ask(ctx, CheckWebhook, k.webhook)
	k.ask(ctx, CheckLinks, k.links)
	k.ask(ctx, CheckSubscription, k.subscription)
	k.note(CheckClock, k.skew())
	return k.report
}

// A checker makes a report.
type checker struct {
	client *Client // that asks; what comes back goes through quota and clock
	opts   CheckOptions
	quota  *transport.Headroom
	clock  clock
	report *Report
	inVain string // why the API needs not be asked any more; empty: it can be
}

func newChecker(c *Client, o *CheckOptions) *checker {
	k := &checker{
		report: &Report{Time: time.Now()},
	}
	if o != nil {
		k.opts = *o
	}
	o = &k.opts
	if o.MinHeadroom < 0 || min(o.CertificateLeft, o.MaxSkew, o.Timeout) < 0 {
		panic("api: Check: an option is negative")
	}
	o.WebhookURL = cmp.Or(o.WebhookURL, c.opts.WebhookURL)
	o.MinHeadroom = cmp.Or(o.MinHeadroom, DefaultMinHeadroom)
	o.CertificateLeft = cmp.Or(o.CertificateLeft, DefaultCertificateLeft)
	o.MaxSkew = cmp.Or(o.MaxSkew, DefaultMaxSkew)
	o.Timeout = cmp.Or(o.Timeout, DefaultCheckTimeout)
	if len(o.Events) == 0 {
		o.Events = linktree.EventTypes()
	}
	names := *c.opts.headroom()
	names.Warn = 0
	k.quota = transport.NewHeadroom(&names) // the client's own may be from before, or not be there
	k.client = &Client{
		opts:  c.opts,
		chain: transport.Chain(k.clock.layer, k.quota.Layer)(c.chain),
	}
	return k
}

// ask adds an item for which something has to be sent.
func (k *checker) ask(ctx context.Context, name string, judge func(context.Context) ReportItem) {
	start := time.Now()
	item := skipped("the time for the check was over")
	if ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(Fresh(ctx), k.opts.Timeout)
		defer cancel()
		sent := new(atomic.Bool)
		item = judge(context.WithValue(ctx, sentKey{}, sent))
		if !sent.Load() && (errors.Is(item.Err, ErrLocalLimit) || errors.Is(item.Err, ErrCircuitOpen)) {
			item.Status, start = Warn, time.Now() // nothing was found out
		}
	} else if len(k.report.Items) == 0 {
		item = failed("the check was given up before it began", ctx.Err())
	}
	if item.Status != Skipped {
		item.Duration = time.Since(start)
	}
	k.note(name, item)
}

// sentKey is of an atomic.Bool that is set when a request with the context is
// sent.
type sentKey struct{}

// noting is the layer around the transport that sets it.
func noting(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		if sent, ok := r.Context().Value(sentKey{}).(*atomic.Bool); ok {
			sent.Store(true)
		}
		return next.RoundTrip(r)
	})
}

func (k *checker) note(name string, item ReportItem) {
	item.Name = name
	k.report.Items = append(k.report.Items, item)
}

func passed(detail string) ReportItem { return ReportItem{Status: Pass, Detail: detail} }
func warned(detail string) ReportItem { return ReportItem{Status: Warn, Detail: detail} }
func failed(detail string, err error) ReportItem {
	return ReportItem{Status: Fail, Detail: detail, Err: err}
}
func skipped(why string) ReportItem { return ReportItem{Status: Skipped, Detail: why} }
