package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A fakeBox takes Puts into memory, after what a test does first.
type fakeBox struct {
	inbox.Box // nil: the handler calls nothing but Put

	before func(ctx context.Context) error

	mu      sync.Mutex
	entries []inbox.Entry
	bodies  [][]byte
}

func (b *fakeBox) Put(ctx context.Context, e inbox.Entry) (inbox.Receipt, error) {
	if b.before != nil {
		if err := b.before(ctx); err != nil {
			return inbox.Receipt{}, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, known := range b.entries {
		if known.Key == e.Key || e.Digest != [32]byte{} && known.Digest == e.Digest {
			return inbox.Receipt{Duplicate: true, Key: known.Key, Fingerprint: known.Fingerprint}, nil
		}
	}
	b.entries = append(b.entries, e)
	b.bodies = append(b.bodies, bytes.Clone(e.Delivery.Body))
	return inbox.Receipt{Key: e.Key, Fingerprint: e.Fingerprint}, nil
}

func (b *fakeBox) stored() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.entries)
}

// newInboxRig mounts a box behind all layers.
func newInboxRig(t *testing.T, box inbox.Box, o middleware.InboxOptions) *rig {
	t.Helper()
	r := newRig(t, nil, middleware.OnceOptions{})
	r.h = r.ep.InboxReceiver(r.scheme, box, &middleware.ReceiverOptions{Inbox: &o})
	return r
}

// TestInboxContract is the table of the README for an endpoint with an inbox,
// over a socket: each row is one request, and how many deliveries are stored
// then.
func TestInboxContract(t *testing.T) {
	first := created()
	altered := first
	altered.Body = []byte(strings.Replace(string(first.Body), "lnk_1", "lnk_2", 1))
	noID := created()
	noID.ID = ""
	longID := created()
	longID.ID = strings.Repeat("x", 256)

	box := &fakeBox{}
	r := newInboxRig(t, box, middleware.InboxOptions{})
	url := r.socket()
	signed := func(ev hooktest.Event, change func(*http.Request)) *http.Request {
		req := r.request(url, ev)
		if change != nil {
			change(req)
		}
		return req
	}
	for _, c := range []struct {
		name   string
		req    *http.Request
		status int
		body   string
		stored int
		result middleware.Result
	}{
		{"HEAD", signed(first, func(r *http.Request) { r.Method = http.MethodHead; r.Body = nil; r.ContentLength = 0 }), 200, "", 0, middleware.Probed},
		{"GET", signed(first, func(r *http.Request) { r.Method = http.MethodGet }), 405, "Method not allowed", 0, middleware.MethodNotAllowed},
		{"no signature", signed(first, func(r *http.Request) { r.Header.Del("X-Linktree-Signature") }), 401, "Missing signature", 0, middleware.Unsigned},
		{"wrong signature", signed(first, func(r *http.Request) { r.Header.Set("X-Linktree-Signature", strings.Repeat("0", 64)) }), 403, "Invalid signature", 0, middleware.Refused},
		{"too large", signed(hooktest.Event{ID: "evt_large", Body: make([]byte, 1<<20+1)}, nil), 413, "Body too large", 0, middleware.TooLarge},
		{"no id", signed(noID, nil), 400, "Bad delivery id", 0, middleware.BadID},
		{"long id", signed(longID, nil), 400, "Bad delivery id", 0, middleware.BadID},
		{"first", signed(first, nil), 200, received, 1, middleware.Stored},
		{"again", signed(first, nil), 200, duplicate, 1, middleware.Duplicate},
		{"altered body", signed(altered, nil), 200, duplicate, 1, middleware.Duplicate},
		{"another", signed(created(), nil), 200, received, 2, middleware.Stored},
	} {
		a := do(r.client, c.req)
		if a.status != c.status || a.body != c.body {
			t.Errorf("%s: answer %d %q (error %v), want %d %q", c.name, a.status, a.body, a.err, c.status, c.body)
		}
		if box.stored() != c.stored {
			t.Errorf("%s: %d deliveries are stored, want %d", c.name, box.stored(), c.stored)
		}
		if results := r.results(); results[len(results)-1] != c.result {
			t.Errorf("%s: outcome %q, want %q", c.name, results[len(results)-1], c.result)
		}
	}
	if !bytes.Equal(box.bodies[0], first.Body) {
		t.Errorf("the stored body is %q", box.bodies[0])
	}
	if box.entries[0].Key != key(first.ID) {
		t.Error("the key of an inbox is not the key of Once")
	}
	if !strings.Contains(r.logged(), "altered=true") {
		t.Error("the log does not say that a known id came with another body")
	}
}

// TestInboxNeverAnswersSuccessWithoutThePut is the promise itself.
func TestInboxNeverAnswersSuccessWithoutThePut(t *testing.T) {
	for name, before := range map[string]func(ctx context.Context) error{
		"error":    func(context.Context) error { return errors.New("disk full") },
		"panic":    func(context.Context) error { panic("a bug in the box") },
		"too late": func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newInboxRig(t, &fakeBox{before: before}, middleware.InboxOptions{PutTimeout: 50 * time.Millisecond})
			a := r.send(r.socket(), created())
			a.want(t, http.StatusServiceUnavailable, "Try again later")
			if a.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			r.wantResults(middleware.Unavailable)
		})
	}
}

func TestInboxKnowsAReplayedSignature(t *testing.T) {
	box := &fakeBox{}
	r := newInboxRig(t, box, middleware.InboxOptions{})
	url, ev := r.socket(), created()
	r.send(url, ev).want(t, http.StatusOK, received)
	replayed := r.request(url, ev)
	replayed.Header.Set("X-Linktree-Delivery-Id", "another")
	do(r.client, replayed).want(t, http.StatusOK, duplicate)
	if !strings.Contains(r.logged(), "same signature under another id") || box.stored() != 1 {
		t.Errorf("a known signature under another id: %d stored, log %s", box.stored(), r.logged())
	}

	off := newInboxRig(t, box, middleware.InboxOptions{NoReplayGuard: true})
	req := off.request(off.socket(), ev)
	req.Header.Set("X-Linktree-Delivery-Id", "a third")
	do(off.client, req).want(t, http.StatusOK, received)
}

func TestInboxStrictRefusesAnAlteredBody(t *testing.T) {
	r := newInboxRig(t, &fakeBox{}, middleware.InboxOptions{Strict: true})
	url, ev := r.socket(), created()
	r.send(url, ev).want(t, http.StatusOK, received)
	ev.Body = append(bytes.Clone(ev.Body), ' ')
	r.send(url, ev).want(t, http.StatusConflict, "Known delivery id with another body")
	r.wantResults(middleware.Stored, middleware.Conflict)
}

func TestInboxStoresOnlyWhatIsWanted(t *testing.T) {
	box := &fakeBox{}
	r := newInboxRig(t, box, middleware.InboxOptions{
		Want: func(d *hooklatch.Delivery) bool { return !bytes.Contains(d.Body, []byte("lnk_1")) },
	})
	r.send(r.socket(), created()).want(t, http.StatusOK, received)
	r.wantResults(middleware.Unwanted)
	if box.stored() != 0 {
		t.Error("an unwanted delivery is stored")
	}
}

func TestInboxTakesAnIDOfTheProgram(t *testing.T) {
	box := &fakeBox{}
	r := newInboxRig(t, box, middleware.InboxOptions{ID: func(*hooklatch.Delivery) string { return "mine" }})
	r.send(r.socket(), created()).want(t, http.StatusOK, received)
	if box.entries[0].Key != key("mine") {
		t.Error("the key is not made of the id that InboxOptions.ID returns")
	}
}

// TestInboxPutOutlivesTheSender: what hangs up may have been heard.
func TestInboxPutOutlivesTheSender(t *testing.T) {
	gone := make(chan struct{})
	box := &fakeBox{before: func(ctx context.Context) error {
		<-gone
		return ctx.Err()
	}}
	r := newInboxRig(t, box, middleware.InboxOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	req := r.request("http://example.org/", created()).WithContext(ctx)
	served := make(chan struct{})
	go func() {
		defer close(served)
		r.h.ServeHTTP(httptest.NewRecorder(), req)
	}()
	cancel()
	close(gone)
	<-served
	if box.stored() != 1 {
		t.Error("a Put ended with the sender's connection")
	}
}

func TestShutdownWaitsForPuts(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	box := &fakeBox{before: func(context.Context) error {
		close(begun)
		<-release
		return nil
	}}
	r := newInboxRig(t, box, middleware.InboxOptions{})
	url := r.socket()
	answered := make(chan answer)
	go func() { answered <- r.send(url, created()) }()
	<-begun
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var left *middleware.ShutdownError
	if err := r.ep.Shutdown(ended); !errors.As(err, &left) || left.Handlers != 1 {
		t.Errorf("Shutdown with a Put in hand: %v", err)
	}
	r.send(url, created()).want(t, http.StatusServiceUnavailable, "Try again later")
	close(release)
	(<-answered).want(t, http.StatusOK, received)
	if err := r.ep.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown with nothing in hand: %v", err)
	}
}

func TestInboxNeedsVerify(t *testing.T) {
	box := &fakeBox{}
	ep := newEndpoint()
	for name, h := range map[string]http.Handler{
		"alone":          ep.Inbox(box, nil),
		"without Verify": ep.Capture(0, nil)(ep.Inbox(box, nil)),
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
		if w.Code != http.StatusInternalServerError || box.stored() != 0 {
			t.Errorf("%s: answer %d, %d stored", name, w.Code, box.stored())
		}
	}
}

func TestInboxPanics(t *testing.T) {
	ep := newEndpoint()
	var none *fakeBox
	for name, f := range map[string]func(){
		"nil box":           func() { ep.Inbox(nil, nil) },
		"nil pointer":       func() { ep.Inbox(none, nil) },
		"negative time-out": func() { ep.Inbox(&fakeBox{}, &middleware.InboxOptions{PutTimeout: -1}) },
		"negative window":   func() { ep.Inbox(&fakeBox{}, &middleware.InboxOptions{ReplayWindow: -1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// TestInboxWindow: what a box is asked to remember of a signature.
func TestInboxWindow(t *testing.T) {
	box := &fakeBox{}
	r := newInboxRig(t, box, middleware.InboxOptions{})
	r.send(r.socket(), created())
	own := newInboxRig(t, box, middleware.InboxOptions{ReplayWindow: time.Hour})
	own.send(own.socket(), created())
	var windows []time.Duration
	for _, e := range box.entries {
		windows = append(windows, e.Window)
	}
	if want := []time.Duration{10 * time.Minute, time.Hour}; !slices.Equal(windows, want) {
		t.Errorf("windows %v, want %v: twice the tolerance, and the option", windows, want)
	}
	if box.entries[0].Digest == [32]byte{} || box.entries[0].Digest == box.entries[1].Digest {
		t.Error("the digests of two signatures are zero or the same")
	}
}

// TestInboxKnowsWhatWasFetched: under the same key, and without a word about its
// other body.
func TestInboxKnowsWhatWasFetched(t *testing.T) {
	box := &fakeBox{}
	r := newInboxRig(t, box, middleware.InboxOptions{Strict: true})
	ev := created()
	d := &hooklatch.Delivery{Endpoint: "test", Body: []byte("as the API has it")}
	d.Provider, d.ID = "linktree", ev.ID
	e, err := inbox.FetchedEntry(d)
	if err != nil {
		t.Fatal(err)
	}
	if receipt, err := box.Put(t.Context(), e); err != nil || receipt.Duplicate {
		t.Fatalf("Put of a fetched delivery: %+v, %v", receipt, err)
	}
	r.send(r.socket(), ev).want(t, http.StatusOK, duplicate)
	r.wantResults(middleware.Duplicate)
	if strings.Contains(r.logged(), "altered") {
		t.Error("the log says that what was fetched has been altered")
	}
	for _, d := range []*hooklatch.Delivery{nil, {}, {Endpoint: "test"}} {
		if _, err := inbox.FetchedEntry(d); err == nil {
			t.Errorf("FetchedEntry of %v: no error", d)
		}
	}
}

func ExampleEndpoint_InboxReceiver() {
	_ = func(box inbox.Box) error {
		scheme, err := provider.Linktree("the webhook's secret")
		if err != nil {
			return err
		}
		hook := middleware.NewEndpoint("linktree", nil)
		// A 2xx means that the delivery is durable: box runs the handler
		// later, for the endpoint called "linktree".
		http.Handle("/webhooks/linktree", hook.InboxReceiver(scheme, box, nil))
		return nil
	}
}

func ExampleEndpoint_Inbox() {
	hook := middleware.NewEndpoint("linktree", nil)
	_ = func(box inbox.Box) http.Handler {
		return hook.Inbox(box, &middleware.InboxOptions{
			PutTimeout: time.Second,
			Want:       func(d *hooklatch.Delivery) bool { return d.Header.Get("X-Test-Mode") == "" },
		})
	}
}
