package adaptertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/adapters/bridge"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// A contractCase is a row of the HTTP contract.
type contractCase struct {
	name   string
	change func(r *rig, q *http.Request) // of the signed request
	body   string                        // empty: the event link
	do     func(context.Context) error   // the handler; nil: succeeds
	fault  *hooktest.Fault               // of the store
	opts   *bridge.JSONOptions           // of the typed handler

	status int
	say    string // the body of the answer
	allow  string
	later  bool // with Retry-After

	result                    middleware.Result // empty: not looked at
	runs, completes, releases int
}

const link = `{"type":"link.created","data":{"link_id":"lnk_1","title":"Shop","url":"https://shop.example","position":1},"timestamp":"2026-01-02T15:04:05Z"}`

// contract returns the cases as behaviours: through the adapter's means to
// mount a receiver, where all of the answer counts, and through its Wrap around
// a typed native handler, where the framework words what the handler leaves to
// it.
func contract() []behaviour {
	var all []behaviour
	for _, c := range contractCases {
		all = append(all, behaviour{"contract-mounted/" + c.name, func(p *probe) { c.try(p, true) }})
		all = append(all, behaviour{"contract-wrapped/" + c.name, func(p *probe) { c.try(p, false) }})
	}
	return all
}

func (c *contractCase) try(p *probe, mounted bool) {
	r := newRig(p)
	var calm atomic.Bool // the handler has become well
	r.serve(c.app(r, mounted, &calm))
	if c.fault != nil {
		r.faults.Set(*c.fault)
	}
	ev := hooktest.Event{ID: "evt", Body: []byte(link)}
	if c.body != "" {
		ev.Body = []byte(c.body)
	}
	req := r.request(ev)
	if c.change != nil {
		c.change(r, req)
	}
	c.wantAnswer(r, r.do(req), mounted)
	if runs := r.runs.Load(); runs != int64(c.runs) {
		p.errorf("the handler ran %d times, want %d", runs, c.runs)
	}
	r.wantStore(c.completes, c.releases)
	c.wantOutcome(r, ev.ID)
	calm.Store(true)
	switch {
	case c.completes > 0 && c.fault == nil:
		r.want(r.send(ev), 200, duplicate)
	case c.runs > 0 && c.fault == nil:
		r.want(r.send(ev), 200, received)
	}
}

// app returns the program for the case.
func (c *contractCase) app(r *rig, mounted bool, calm *atomic.Bool) App {
	a := App{Layers: [][]layer{r.all}, TypedOptions: c.opts, Recovery: Outside}
	a.Typed = func(ctx context.Context, e dispatch.Event[Link]) error {
		r.runs.Add(1)
		if e.Type != LinkCreated || e.Data.Title != "Shop" {
			r.p.errorf("the handler got an event of the type %q with %+v", e.Type, e.Data)
		}
		if c.do == nil || calm.Load() {
			return nil
		}
		return c.do(ctx)
	}
	if mounted {
		return App{Mounted: middleware.Chain(r.all...)(a.Mux()), Recovery: Outside}
	}
	return a
}

// wantAnswer checks the first answer. Where the framework words a failure, its
// text is not looked at.
func (c *contractCase) wantAnswer(r *rig, got answer, mounted bool) {
	say := c.say
	if !mounted && c.releases > 0 {
		say = ""
	}
	r.want(got, c.status, say)
	if got.header.Get("Allow") != c.allow || (got.header.Get("Retry-After") != "") != c.later {
		r.p.errorf("header %v, want Allow %q and Retry-After %v", got.header, c.allow, c.later)
	}
	if strings.Contains(got.body, "detail") {
		r.p.errorf("the answer %q tells too much", got.body)
	}
}

// wantOutcome checks what the endpoint reported of the delivery.
func (c *contractCase) wantOutcome(r *rig, id string) {
	if c.result == "" {
		return
	}
	out, _ := r.outcome(id)
	if out.Result != c.result {
		r.p.errorf("the outcome %q (%v), want %q", out.Result, out.Err, c.result)
	}
	if c.do != nil && out.Result == middleware.Failed && !errors.Is(out.Err, errDetail) {
		r.p.errorf("the outcome's error is %v, and does not wrap the handler's", out.Err)
	}
	want := c.releases
	if c.result == middleware.UnknownType {
		want = 0
	}
	if got := r.errorLines(id); got != want {
		r.p.errorf("%d lines of level ERROR, want %d:\n%s", got, want, r.log.String())
	}
}

func header(name, value string) func(*rig, *http.Request) {
	return func(_ *rig, q *http.Request) { q.Header.Set(name, value) }
}

func without(name string) func(*rig, *http.Request) {
	return func(_ *rig, q *http.Request) { q.Header.Del(name) }
}

func sized(n int, declared bool) func(*rig, *http.Request) {
	return func(_ *rig, q *http.Request) {
		q.Body, q.ContentLength = io.NopCloser(bytes.NewReader(bytes.Repeat([]byte(" "), n))), -1
		if declared {
			q.ContentLength = int64(n)
		}
	}
}

// signedAt signs again, with the time off by d.
func signedAt(d time.Duration) func(*rig, *http.Request) {
	return func(r *rig, q *http.Request) {
		if err := r.scheme.Sign(q.Header, verify.Envelope{ID: "evt", Time: time.Now().Add(d)}, []byte(link)); err != nil {
			r.p.fatalf("%v", err)
		}
	}
}

func failWith(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

var errDetail = errors.New("a detail")

var contractCases = []contractCase{
	{name: "head", change: func(_ *rig, q *http.Request) {
		q.Method, q.Body, q.ContentLength, q.Header = http.MethodHead, nil, 0, http.Header{}
	}, status: 200},
	{name: "get", change: func(_ *rig, q *http.Request) { q.Method = http.MethodGet }, status: 405, say: "Method not allowed", allow: "POST, HEAD"},
	{name: "delete", change: func(_ *rig, q *http.Request) { q.Method = http.MethodDelete }, status: 405, say: "Method not allowed", allow: "POST, HEAD"},
	{name: "no-signature", change: without("X-Linktree-Signature"), status: 401, say: "Missing signature"},
	{name: "no-timestamp", change: without("X-Linktree-Timestamp"), status: 401, say: "Missing signature"},
	{name: "wrong-signature", change: header("X-Linktree-Signature", strings.Repeat("0", 64)), status: 403, say: "Invalid signature"},
	{name: "malformed-signature", change: header("X-Linktree-Signature", "x"), status: 403, say: "Invalid signature"},
	{name: "two-signatures", change: func(_ *rig, q *http.Request) {
		q.Header.Add("X-Linktree-Signature", q.Header.Get("X-Linktree-Signature"))
	}, status: 403, say: "Invalid signature"},
	{name: "malformed-timestamp", change: header("X-Linktree-Timestamp", "now"), status: 403, say: "Invalid signature"},
	{name: "stale", change: signedAt(-5*time.Minute - 2*time.Second), status: 403, say: "Invalid signature"},
	{name: "ahead", change: signedAt(5*time.Minute + 2*time.Second), status: 403, say: "Invalid signature"},
	{name: "other-body", change: func(_ *rig, q *http.Request) {
		q.Body = io.NopCloser(strings.NewReader(strings.Replace(link, "Shop", "Shup", 1)))
	}, status: 403, say: "Invalid signature"},
	{name: "too-large", change: sized(bodyLimit+1, true), status: 413, say: "Body too large"},
	{name: "too-large-of-unknown-length", change: sized(bodyLimit+1, false), status: 413, say: "Body too large"},
	{name: "no-id", change: without("X-Linktree-Delivery-Id"), status: 400, say: "Bad delivery id"},
	{name: "long-id", change: header("X-Linktree-Delivery-Id", strings.Repeat("x", 256)), status: 400, say: "Bad delivery id"},
	{name: "store-down", fault: &hooktest.Fault{Err: errDetail}, status: 503, say: "Try again later", later: true},
	{name: "store-hangs", fault: &hooktest.Fault{Delay: time.Hour}, status: 503, say: "Try again later", later: true},

	{name: "handled", result: middleware.Completed, status: 200, say: received, runs: 1, completes: 1},
	{name: "unknown-type", body: `{"type":"shop.opened","data":{}}`, result: middleware.UnknownType, status: 200, say: received, completes: 1},
	{name: "unknown-type-retried", body: `{"type":"shop.opened","data":{}}`, opts: &bridge.JSONOptions{RetryUnknown: true}, result: middleware.UnknownType, status: 503, say: "Try again later", later: true, releases: 1},
	{name: "other-members", body: `{"event":"link.created","type":"a","object":{"title":"Shop"}}`, opts: &bridge.JSONOptions{TypeMember: "event", DataMember: "object"}, result: middleware.Completed, status: 200, say: received, runs: 1, completes: 1},
	{name: "whole-body", body: `{"type":"link.created","title":"Shop"}`, opts: &bridge.JSONOptions{WholeBody: true}, result: middleware.Completed, status: 200, say: received, runs: 1, completes: 1},
	{name: "no-json", body: `link.created`, result: middleware.Failed, status: 400, say: "Not a webhook envelope", releases: 1},
	{name: "no-type", body: `{"data":{}}`, result: middleware.Failed, status: 400, say: "Not a webhook envelope", releases: 1},
	{name: "two-types", body: `{"type":"a","type":"link.created","data":{}}`, result: middleware.Failed, status: 400, say: "Not a webhook envelope", releases: 1},
	{name: "other-data", body: `{"type":"link.created","data":{"position":"first"}}`, result: middleware.Failed, status: 422, say: "Unexpected data", releases: 1},
	{name: "error", do: failWith(errDetail), result: middleware.Failed, status: 500, say: "Internal server error", runs: 1, releases: 1},
	{name: "panic", do: func(context.Context) error { panic("a detail") }, result: middleware.Panicked, status: 500, say: "Internal server error", runs: 1, releases: 1},
	{name: "retry-after", do: failWith(dispatch.RetryAfter(errDetail, time.Minute)), result: middleware.Failed, status: 503, say: "Try again later", later: true, runs: 1, releases: 1},
	{name: "permanent", do: failWith(dispatch.Permanent(errDetail)), result: middleware.Failed, status: 500, say: "Internal server error", runs: 1, releases: 1},
}
