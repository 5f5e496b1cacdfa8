package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// The defaults of [Timeouts] and [Options].
const (
	DefaultProfileTimeout   = 10 * time.Second
	DefaultAnalyticsTimeout = 30 * time.Second
	DefaultOtherTimeout     = 10 * time.Second

	DefaultUserAgent = "hooklatch-linktree"
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

	// UserAgent says who is asking. Empty is [DefaultUserAgent].
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

	// MaxAnswer is how large an answer may be, in bytes; zero is
	// [transport.DefaultMaxBody].
	MaxAnswer int64

	// Limiter is how many attempts there may be a minute, also by class (see
	// [ClassLinks] and the others), and how long a call waits for that. Nil
	// is 90 for all together, and a minute.
	Limiter *transport.LimiterOptions

	// Stale is what may be answered from memory, and for how long. Nil means
	// that the provider is asked each time, and the answer of the last 24
	// hours stands in while it fails. The Operations are [OpProfile],
	// [OpLinks] and [OpAnalytics], also if they are nil, or some of these;
	// empty is none. Paths must be nil. With FreshFor, links are not answered
	// from memory for so long after a call of this client that changes one.
	Stale *transport.StaleOptions

	// Retry, Breaker and Headroom are for the layers of these names; nil is
	// their defaults. A Logger that is nil in them is the one below, and a
	// header's name that is empty is package schema's.
	Retry    *transport.RetryOptions
	Breaker  *transport.BreakerOptions
	Headroom *transport.HeadroomOptions

	// Calls is told how each call ends, Attempts of every request that goes
	// out for it. A read whose answer is no JSON object is an ok attempt, but
	// a call that ends in a network error, whose Err is ErrMalformed. Nil
	// tells nobody.
	Calls    transport.Observer
	Attempts transport.Observer

	// Logger is for what goes wrong without a call failing. Nil is
	// [slog.Default].
	Logger *slog.Logger

	// Creators are the usernames whose analytics may be asked for, compared
	// exactly; [OwnAccount] among them allows the query that names nobody.
	// It is not allowed otherwise, for who that is depends on the token.
	// Others are refused with [ErrScope] before anything is sent. Nil allows
	// all, empty allows none.
	Creators []string

	// WebhookURL is where the program receives webhooks: https. It is what
	// [Client.EnsureWebhook] takes when it is given none. Empty is none.
	WebhookURL string

	// InsecureDevelopment permits what must not happen in production: http
	// URLs, over which everybody on the way can read the token, webhook URLs
	// that can't be reached from outside, and tokens that look like
	// placeholders.
	InsecureDevelopment bool
}

// Timeouts are the longest times that an attempt may take. Zero is the default,
// and negative is refused.
type Timeouts struct {
	Profile   time.Duration // [OpProfile]; zero is DefaultProfileTimeout
	Analytics time.Duration // [OpAnalytics]; zero is DefaultAnalyticsTimeout
	Other     time.Duration // everything else; zero is DefaultOtherTimeout
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

// retry, breaker and headroom return the layers' options with the schema's
// names and a logger.
func (o *Options) retry() *transport.RetryOptions {
	var r transport.RetryOptions
	if o.Retry != nil {
		r = *o.Retry
	}
	r.IdempotencyHeader = cmp.Or(r.IdempotencyHeader, schema.HeaderIdempotencyKey)
	return &r
}

func (o *Options) breaker() *transport.BreakerOptions {
	var b transport.BreakerOptions
	if o.Breaker != nil {
		b = *o.Breaker
	}
	if b.Logger == nil {
		b.Logger = o.Logger
	}
	return &b
}

func (o *Options) headroom() *transport.HeadroomOptions {
	var h transport.HeadroomOptions
	if o.Headroom != nil {
		h = *o.Headroom
	}
	if h.Logger == nil {
		h.Logger = o.Logger
	}
	h.RemainingHeader = cmp.Or(h.RemainingHeader, schema.HeaderRateLimitRemaining)
	h.LimitHeader = cmp.Or(h.LimitHeader, schema.HeaderRateLimit)
	h.ResetHeader = cmp.Or(h.ResetHeader, schema.HeaderRateLimitReset)
	return &h
}
