package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// The defaults of [Options].
const (
	defaultPerMinute = 90 // a tenth below schema.RequestsPerMinute
	defaultAnalytics = 45 // of them
	defaultWarn      = 80
	defaultMaxPages  = 1000
	defaultMaxAnswer = 8 << 20
	defaultTimeout   = 10 * time.Second
	defaultUserAgent = "hooklatch-linktree"

	defaultAnalyticsTimeout = 30 * time.Second
)

// OwnAccount stands for the token's own account in [AnalyticsQuery] and in
// Options.Creators.
const OwnAccount = ""

// Options are what [New] can be told. Nil and the zero value are ready to use:
// the contract as far as it is known, and limits that keep within it.
type Options struct {
	// BaseURL is what the paths are below: https, and where the token goes,
	// and nowhere else. Empty is [schema.BaseURL].
	BaseURL string

	// Paths are where things are; those that are empty are
	// [schema.DefaultPaths]'.
	Paths schema.Paths

	// UserAgent names the program. Empty is
	// "hooklatch-linktree".
	UserAgent string

	// Transport makes the connections. Nil is one with the settings of
	// [http.DefaultTransport], for this client alone. The client follows no
	// redirects; a Transport of one's own must not either.
	Transport http.RoundTripper

	// Layers replaces what the client puts around Transport, including the
	// layer that adds the token, by a chain of the program's own. The options
	// from Limiter to Attempts are then without effect, and [Client.Headroom]
	// knows nothing. Nil is the chain in the package's documentation.
	Layers func(http.RoundTripper) http.RoundTripper

	// Timeouts bound each attempt of a call, body included; the call as a
	// whole is bounded by its context.
	Timeouts Timeouts

	// MaxAnswer is how large an answer may be, in bytes; zero is 8 MiB.
	MaxAnswer int64

	// MaxPages is how many pages a list may have; see [Client.Links]. Zero is
	// 1000.
	MaxPages int

	// PerMinute is how many requests may be sent in any 60 seconds. Zero is
	// 90, a tenth below the limit that the guides name.
	PerMinute int

	// Limiter is what else the limiter can be told: limits by class (see
	// [ClassLinks] and the others), and how long a call waits. Nil Classes
	// leave analytics 45 of the requests a minute, or half of PerMinute, so
	// that calls for them that wait do not hold up others; empty ones do not.
	Limiter *transport.LimiterOptions

	// Stale is what may be answered from memory, and for how long. Nil means
	// that the provider is asked each time, and the answer of the last 24
	// hours stands in while it fails. The Operations are [OpProfile],
	// [OpLinks] and [OpAnalytics], also if they are nil, or some of these;
	// empty is none. Paths must be nil. With FreshFor, links are not answered
	// from memory for so long after a call of this client that changes one.
	Stale *transport.StaleOptions

	// Account is the username of the creator whose tokens the source has: all
	// of them, now and later. What is answered from memory then belongs to
	// the account, so that it outlives a token, and stands in while the
	// source has none. An answer got with another's token is [ErrAccount]; to
	// find that out each new token costs a request for the account. Empty
	// leaves what is kept to the token that it was got with.
	Account string

	// Retry, Breaker and Headroom are for the layers of these names; nil is
	// their defaults, with a circuit for each class of operations, and a
	// warning over 80 requests a minute. A Logger that is nil in them is the
	// one below, and a header's name that is empty is package schema's.
	// Writes are sent again after a failure only if Retry.IdempotencyKeys
	// says that the provider honours keys, or the call has one; see
	// [CallOptions].
	Retry    *transport.RetryOptions
	Breaker  *transport.BreakerOptions
	Headroom *transport.HeadroomOptions

	// Calls is told how each call ends, Attempts of every request that goes
	// out for it. A read whose answer is no JSON object is an ok attempt, but
	// a call that ends in a network error, whose Err is ErrMalformed. Nil
	// observes nothing.
	Calls    transport.Observer
	Attempts transport.Observer

	// Logger is for what goes wrong without a call failing. Nil is
	// [slog.Default].
	Logger *slog.Logger

	// Creators are the usernames whose analytics may be asked for, compared
	// exactly; [OwnAccount] among them allows the query that names none.
	// Otherwise that query is refused, as the token decides which account it
	// is about.
	// Others are refused with [ErrScope] before anything is sent. Nil allows
	// all, empty allows none.
	Creators []string

	// WebhookURL is where the program receives webhooks: https. It is what
	// [Client.EnsureWebhook] takes when it is given none. Empty is none.
	WebhookURL string

	// Sandbox says that the program works against a sandbox of the provider's:
	// BaseURL and the token must be that, and may look like it. Without it a
	// BaseURL or a token that looks like a sandbox's is refused, such as
	// https://sandbox.… and lt_test_….
	Sandbox bool

	// InsecureDevelopment permits what must not happen in production: http
	// URLs, over which every machine on the way can read the token, webhook URLs
	// that can't be reached from outside, and tokens that look like
	// placeholders. It is refused with the BaseURL of production.
	InsecureDevelopment bool

	shared *shared // with the other clients of an Accounts; nil: nothing
}

// Timeouts are the longest times that an attempt may take. Negative ones are
// refused.
type Timeouts struct {
	Profile   time.Duration // [OpProfile]; zero is 10 seconds
	Analytics time.Duration // [OpAnalytics]; zero is 30 seconds
	Other     time.Duration // everything else; zero is 10 seconds
}

// of returns the time-out of the operation.
func (t *Timeouts) of(op string) time.Duration {
	switch op {
	case OpProfile:
		return t.Profile
	case OpAnalytics:
		return t.Analytics
	}
	return t.Other
}

// complete puts in the defaults. What the caller's pointers lead to stays as it
// is.
func (o *Options) complete() {
	o.BaseURL = strings.TrimRight(cmp.Or(o.BaseURL, schema.BaseURL), "/")
	o.UserAgent = cmp.Or(o.UserAgent, defaultUserAgent)
	o.MaxAnswer = cmp.Or(o.MaxAnswer, defaultMaxAnswer)
	o.MaxPages = cmp.Or(o.MaxPages, defaultMaxPages)
	o.PerMinute = cmp.Or(o.PerMinute, defaultPerMinute)
	o.Timeouts.Profile = cmp.Or(o.Timeouts.Profile, defaultTimeout)
	o.Timeouts.Analytics = cmp.Or(o.Timeouts.Analytics, defaultAnalyticsTimeout)
	o.Timeouts.Other = cmp.Or(o.Timeouts.Other, defaultTimeout)
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Creators = slices.Clone(o.Creators) // nil stays nil
	o.completeLayers()
}

// completeLayers puts in the defaults of the layers' options.
func (o *Options) completeLayers() {
	o.Stale, o.Limiter, o.Retry = clone(o.Stale), clone(o.Limiter), clone(o.Retry)
	o.Breaker, o.Headroom = clone(o.Breaker), clone(o.Headroom)
	if o.Stale.Operations == nil {
		o.Stale.Operations = staleable
	}
	if o.Limiter.Classes == nil {
		o.Limiter.Classes = map[string]int{ClassAnalytics: max(min(defaultAnalytics, o.PerMinute/2), 1)}
	}
	if o.Breaker.Classes == nil {
		o.Breaker.Classes = []string{ClassProfile, ClassLinks, ClassAnalytics, ClassWebhooks}
	}
	o.Headroom.Warn = cmp.Or(o.Headroom.Warn, defaultWarn)
	o.Retry.IdempotencyHeader = cmp.Or(o.Retry.IdempotencyHeader, schema.HeaderIdempotencyKey)
	for _, logger := range [...]**slog.Logger{&o.Limiter.Logger, &o.Retry.Logger, &o.Breaker.Logger, &o.Headroom.Logger} {
		if *logger == nil {
			*logger = o.Logger
		}
	}
	for _, q := range [...]*transport.QuotaHeaders{&o.Limiter.Quota, &o.Headroom.Quota} {
		q.Remaining = cmp.Or(q.Remaining, schema.HeaderRateLimitRemaining)
		q.Limit = cmp.Or(q.Limit, schema.HeaderRateLimit)
		q.Reset = cmp.Or(q.Reset, schema.HeaderRateLimitReset)
	}
}

// clone returns a copy of what p leads to, or of nothing if it is nil.
func clone[T any](p *T) *T {
	var v T
	if p != nil {
		v = *p
	}
	return &v
}
