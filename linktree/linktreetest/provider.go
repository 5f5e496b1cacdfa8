package linktreetest

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// How much a Provider keeps of what has been.
const (
	maxRequests   = 10_000
	maxDeliveries = 10_000
	maxReplays    = 10_000
)

// A Provider is a fake Linktree. Its methods and those of its creators are safe
// for concurrent use.
//
// It keeps the last 10,000 requests, attempts at deliveries and idempotency
// keys. What its creators have is bounded only by what is asked of it.
type Provider struct {
	opts   Options
	routes []route
	signer verify.Signer
	client *http.Client // of deliveries

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	slots  chan struct{} // for deliveries on the wire

	mu       sync.Mutex
	creators map[string]*Creator // by username
	tokens   map[string]*token
	ids      map[string]int // how many there have been, by prefix
	faults   []*fault
	requests ring[*Request]
	attempts ring[Attempt]
	replays  replays
	events   int
	pending  int           // deliveries in hand
	idle     chan struct{} // closed when pending falls to zero
}

// New returns a Provider without creators. Close it when it is done with. In a
// bubble New must be called within.
//
// It panics if an option is out of range or the secret can't be used.
func New(o *Options) *Provider {
	p := &Provider{
		opts:     o.orDefault(),
		slots:    make(chan struct{}, maxOnWire),
		creators: map[string]*Creator{},
		tokens:   map[string]*token{},
		ids:      map[string]int{},
		requests: ring[*Request]{max: maxRequests},
		attempts: ring[Attempt]{max: maxDeliveries},
		replays:  replays{entries: map[replayKey]*replay{}},
	}
	if err := p.opts.check(); err != nil {
		panic(fmt.Sprintf("linktreetest: New: %v", err))
	}
	signer, err := provider.Linktree(p.opts.Secret)
	if err != nil {
		panic(fmt.Sprintf("linktreetest: New: %v", err))
	}
	p.signer = signer
	p.routes = routes(p.opts.Paths)
	p.client = &http.Client{
		Transport:     p.opts.Transport,
		Timeout:       p.opts.DeliveryTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Secret returns what the webhooks are signed with.
func (p *Provider) Secret() string { return p.opts.Secret }

// Close ends all deliveries, also those on the wire, and the answers that hang,
// and waits for the deliveries to have ended. From then on nothing is delivered;
// the API still answers. To close again does nothing.
func (p *Provider) Close() {
	p.mu.Lock()
	p.cancel() // under the lock, so that none begins after
	p.mu.Unlock()
	_ = p.Wait(context.Background())
}

// ServeHTTP answers as Linktree's API does.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := p.arrive(w, r)
	p.send(w, x, p.decide(x))
}

// An exchange is one request on its way to its answer.
type exchange struct {
	*http.Request
	body    []byte
	bodyErr error
	entry   *Request
	fault   *fault // never nil
	token   *token // nil if there is none that is known
	rate    rate
	route   *route // nil if there is none
	pathID  string // the path's "{id}"
}

// arrive notes a request, and what is to become of it.
func (p *Provider) arrive(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{Request: r}
	x.body, x.bodyErr = readBody(w, r)
	x.route, x.pathID = p.find(r.Method, r.URL.EscapedPath())
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	x.entry = &Request{
		ID:     p.newID("req"),
		Time:   now,
		Method: r.Method,
		Path:   r.URL.EscapedPath(),
		Query:  r.URL.RawQuery,
		Header: r.Header.Clone(),
	}
	p.requests.add(x.entry)
	x.token = p.tokens[bearer(r.Header)]
	if x.token != nil {
		x.rate = x.token.window.take(now, p.opts.RequestsPerMinute)
	} else {
		x.rate = rate{remaining: p.opts.RequestsPerMinute, resets: now}
	}
	x.fault = p.nextFault(x)
	return x
}

// decide does what is asked for, if nothing is in its way.
func (p *Provider) decide(x *exchange) answer {
	switch {
	case x.fault.Status != 0:
		a := failed(x.fault.Status, "fault", "this answer was asked for")
		if x.fault.RetryAfter > 0 {
			a.retryAt = time.Now().Add(x.fault.RetryAfter)
		}
		return a
	case x.rate.refused:
		a := failed(http.StatusTooManyRequests, "rate_limited", "more than %d requests in a minute", p.opts.RequestsPerMinute)
		a.retryAt = x.rate.resets
		return a
	case x.route == nil:
		return p.notFound(x)
	case p.tokenInQuery(x.URL.Query()):
		return failed(http.StatusBadRequest, codeInvalid, "a token in the query: it belongs in the Authorization header")
	}
	if a, ok := authorize(x); !ok {
		return a
	}
	if a, ok := checkBody(x); !ok {
		return a
	}
	return p.once(x, func() answer { return x.route.do(p, x) })
}

// newID returns a fresh id, such as "lnk_1". The lock is held.
func (p *Provider) newID(prefix string) string {
	p.ids[prefix]++
	return prefix + "_" + strconv.Itoa(p.ids[prefix])
}

// health answers without a token, too.
func (p *Provider) health(*exchange) answer {
	return done(http.StatusOK, schema.Health{Status: "ok"})
}
