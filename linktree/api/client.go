package api

import (
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/hooklatch/hooklatch/transport"
)

// A Client calls Linktree's API for one token. It keeps the state of that
// token's limits, so a program has one for each. It is safe for concurrent use,
// and starts no goroutine that stays.
type Client struct {
	opts     Options // complete
	chain    http.RoundTripper
	headroom *transport.Headroom // nil if the layers are the program's own
	limiter  *transport.Limiter  // nil likewise
	ensuring chan struct{}       // holds one while EnsureWebhook is at work

	noBulk       *atomic.Bool  // the provider has no endpoint for bulk updates
	linksChanged *atomic.Int64 // when a call last changed a link, in Unix nanoseconds
}

// New returns a client that sends the source's token; see
// [transport.StaticToken] for one that never changes.
//
// It asks the source once, for 10 seconds at most, and finds everything that
// can't be right in what it is given: a source without a token, a token that is
// empty or looks like a placeholder, URLs that are not https, options that are
// out of range. Each of them is an [ErrConfig], and they are joined. Tokens that
// come later are checked as well; calls fail with [ErrNoToken] then, and
// [ErrConfig].
//
// Calls have no deadline but their context's: give them one.
func New(source transport.Source, o *Options) (*Client, error) {
	c := &Client{ensuring: make(chan struct{}, 1), noBulk: new(atomic.Bool), linksChanged: new(atomic.Int64)}
	if o != nil {
		c.opts = *o
	}
	errs := []error{c.opts.check()}
	checked := &checkedSource{Source: source, mode: c.opts.mode()}
	if source == nil {
		errs = append(errs, wrong("nil source"))
	} else {
		errs = append(errs, checked.check())
	}
	layers := c.opts.Layers
	if layers == nil {
		var err error
		layers, err = c.layers(checked)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	c.chain = layers(counting(c.opts.Transport))
	return c, nil
}

type layer = func(http.RoundTripper) http.RoundTripper

// layers puts together what the client puts around the transport.
func (c *Client) layers(source transport.Source) (layer, error) {
	o := &c.opts
	var errs []error
	stale, breaker := o.builtLayers(source, &errs)
	retry := try(&errs, func() layer { return transport.Retry(o.Retry) })
	c.limiter = try(&errs, func() *transport.Limiter { return transport.NewLimiter(o.PerMinute, o.Limiter) })
	c.headroom = try(&errs, func() *transport.Headroom { return transport.NewHeadroom(o.Headroom) })
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return func(next http.RoundTripper) http.RoundTripper {
		base, _ := url.Parse(o.BaseURL) // it has been checked by now
		asked := transport.Chain(
			retry,
			breaker.Check,
			c.limiter.Layer,
			breaker.Layer,
			metrics(o.Attempts),
			c.headroom.Layer,
			transport.Auth(source, base),
			transport.AttemptTimeout(&transport.AttemptTimeoutOptions{MaxBody: o.MaxAnswer}),
		)(next)
		return transport.Chain(stale, metrics(o.Calls), c.intact, c.ownAccount)(asked)
	}, nil
}

// try returns what build does. Layers look at their options themselves, and
// panic: that becomes one of the errors.
func try[T any](errs *[]error, build func() T) (built T) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case string:
			*errs = append(*errs, wrong("%s", p))
		default:
			panic(p)
		}
	}()
	return build()
}

// metrics is the layer that tells the observer, if there is one.
func metrics(o transport.Observer) layer {
	if o == nil {
		return transport.Chain()
	}
	return transport.Metrics(o)
}

// A Headroom says how far the client is from the provider's rate limit.
type Headroom struct {
	// Quota is what the latest answer said that said anything; it is not
	// Known until then.
	transport.Quota

	// Attempts is how many requests this client has sent in the last 60
	// seconds.
	Attempts int
}

// Headroom returns how far the client is from the rate limit. It sends nothing,
// and is the zero Headroom if the layers are the program's own.
func (c *Client) Headroom() Headroom {
	if c.headroom == nil {
		return Headroom{}
	}
	return Headroom{c.headroom.Quota(), c.headroom.Attempts()}
}

// Resume ends a pause that the provider has asked for, such as with a Retry-After
// that is too long, and forgets what it has said of its limit. It is for people
// who know better; the client's own limit still holds. It does nothing if the
// layers are the program's own.
func (c *Client) Resume() {
	if c.limiter != nil {
		c.limiter.Resume()
	}
}

// Options returns the options that the client works with: those given to [New],
// with the defaults in their place. They are for reading only.
func (c *Client) Options() Options { return c.opts }

// With returns a client like c, with the same state and limits, each of whose
// calls goes through the layers first, and then through those of c. A layer that
// is to be inside of them, around single attempts, goes around
// Options.Transport.
func (c *Client) With(layers ...func(http.RoundTripper) http.RoundTripper) *Client {
	outer := *c
	outer.chain = transport.Chain(layers...)(c.chain)
	return &outer
}

// CloseIdleConnections closes the connections that no call is using, if the
// transport can do that.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.opts.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
