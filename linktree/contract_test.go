package linktree_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// An endpoint is a receiver on a real socket, whose handler does what the test
// says.
type endpoint struct {
	t      *testing.T
	url    string
	scheme *verify.Scheme
	faults *hooktest.Faults
	mux    *dispatch.Mux
	runs   atomic.Int64
	does   atomic.Pointer[func(context.Context) error]
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	scheme, err := provider.Linktree("new secret", "old secret")
	if err != nil {
		t.Fatal(err)
	}
	store, faults := hooktest.NewStore(lru.New(nil))
	quiet := slog.New(slog.DiscardHandler)
	e := &endpoint{t: t, scheme: scheme, faults: faults, mux: &dispatch.Mux{Logger: quiet}}
	e.will(func(context.Context) error { return nil })
	e.mux.Handle(linktree.LinkCreated, dispatch.JSON(func(ctx context.Context, _ dispatch.Event[linktree.LinkCreatedData]) error {
		e.runs.Add(1)
		return (*e.does.Load())(ctx)
	}))
	hook := middleware.NewEndpoint("contract", &middleware.EndpointOptions{Logger: quiet})
	h := linktree.Receiver(hook, scheme, store, e.mux, &middleware.ReceiverOptions{
		Once: &middleware.OnceOptions{Wait: 50 * time.Millisecond},
	})
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	t.Cleanup(srv.Close)
	e.url = srv.URL
	return e
}

func (e *endpoint) will(do func(context.Context) error) { e.does.Store(&do) }

// request returns a signed request of an event.
func (e *endpoint) request(id string, at time.Time, body string) *http.Request {
	e.t.Helper()
	req, err := http.NewRequestWithContext(e.t.Context(), http.MethodPost, e.url, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	if err := e.scheme.Sign(req.Header, verify.Envelope{ID: id, Time: at}, []byte(body)); err != nil {
		e.t.Fatal(err)
	}
	return req
}

// An answer is what the contract promises about a response.
type answer struct {
	Status     int
	Body       string
	Allow      string
	RetryAfter bool
	Type       string
}

var (
	received  = answer{Status: 200, Body: `{"received":true}`, Type: "application/json"}
	duplicate = answer{Status: 200, Body: `{"duplicate":true}`, Type: "application/json"}
	later     = answer{Status: 503, Body: "Try again later", RetryAfter: true, Type: "text/plain; charset=utf-8"}
)

func text(status int, body string) answer {
	return answer{Status: status, Body: body, Type: "text/plain; charset=utf-8"}
}

func read(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	h := resp.Header
	return answer{resp.StatusCode, string(body), h.Get("Allow"), h.Get("Retry-After") != "", h.Get("Content-Type")}
}

func (e *endpoint) do(req *http.Request) answer {
	e.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	return read(e.t, resp)
}

func (e *endpoint) want(got, want answer) {
	e.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		e.t.Errorf("answer (-want +got):\n%s", diff)
	}
}

// wantRuns checks how often the handler has run, and what has become of the
// claim: a retry by an obedient sender shows it.
func (e *endpoint) wantRuns(runs int64, completes, releases int) {
	e.t.Helper()
	if got := e.runs.Load(); got != runs {
		e.t.Errorf("the handler ran %d times, want %d", got, runs)
	}
	if got := e.faults.Calls(hooktest.Complete); got != completes {
		e.t.Errorf("%d claims were completed, want %d", got, completes)
	}
	if got := e.faults.Calls(hooktest.Release); got != releases {
		e.t.Errorf("%d claims were released, want %d", got, releases)
	}
}

const link = `{"type":"link.created","data":{"link_id":"lnk_1","title":"Shop","url":"https://shop.example","position":1},"timestamp":"2026-01-02T15:04:05Z"}`

// TestRefused is every row of the contract in which no byte reaches the store.
func TestRefused(t *testing.T) {
	tests := []struct {
		name   string
		change func(*http.Request)
		want   answer
	}{
		{"HEAD", func(r *http.Request) { r.Method, r.Body, r.ContentLength, r.Header = "HEAD", nil, 0, http.Header{} }, answer{Status: 200}},
		{"GET", func(r *http.Request) { r.Method = "GET" }, answer{Status: 405, Body: "Method not allowed", Allow: "POST, HEAD", Type: text(0, "").Type}},
		{"DELETE", func(r *http.Request) { r.Method = "DELETE" }, answer{Status: 405, Body: "Method not allowed", Allow: "POST, HEAD", Type: text(0, "").Type}},
		{"no signature", func(r *http.Request) { r.Header.Del("X-Linktree-Signature") }, text(401, "Missing signature")},
		{"empty signature", func(r *http.Request) { r.Header.Set("X-Linktree-Signature", "") }, text(401, "Missing signature")},
		{"no timestamp", func(r *http.Request) { r.Header.Del("X-Linktree-Timestamp") }, text(401, "Missing signature")},
		{"wrong signature", func(r *http.Request) { r.Header.Set("X-Linktree-Signature", strings.Repeat("0", 64)) }, text(403, "Invalid signature")},
		{"short signature", func(r *http.Request) { r.Header.Set("X-Linktree-Signature", "00") }, text(403, "Invalid signature")},
		{"no hex", func(r *http.Request) { r.Header.Set("X-Linktree-Signature", strings.Repeat("x", 64)) }, text(403, "Invalid signature")},
		{"two signatures", func(r *http.Request) {
			r.Header["X-Linktree-Signature"] = append(r.Header["X-Linktree-Signature"], r.Header.Get("X-Linktree-Signature"))
		}, text(403, "Invalid signature")},
		{"no number", func(r *http.Request) { r.Header.Set("X-Linktree-Timestamp", "now") }, text(403, "Invalid signature")},
		{"another timestamp", func(r *http.Request) {
			r.Header.Set("X-Linktree-Timestamp", fmt.Sprint(time.Now().Unix()-60))
		}, text(403, "Invalid signature")},
		{"another body", func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(link, "Shop", "Shup", 1)))
		}, text(403, "Invalid signature")},
		{"too large", func(r *http.Request) {
			big := bytes.Repeat([]byte(" "), 1<<20+1)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(big)), int64(len(big))
		}, text(413, "Body too large")},
		{"too large, of unknown length", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(bytes.Repeat([]byte(" "), 1<<20+1))), -1
		}, text(413, "Body too large")},
		{"no delivery id", func(r *http.Request) { r.Header.Del("X-Linktree-Delivery-Id") }, text(400, "Bad delivery id")},
		{"long delivery id", func(r *http.Request) { r.Header.Set("X-Linktree-Delivery-Id", strings.Repeat("x", 256)) }, text(400, "Bad delivery id")},
		{"delivery id of other letters", func(r *http.Request) { r.Header.Set("X-Linktree-Delivery-Id", "é") }, text(400, "Bad delivery id")},
	}
	e := newEndpoint(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := e.request("evt", time.Now(), link)
			tt.change(req)
			e.want(e.do(req), tt.want)
		})
	}
	for _, off := range []time.Duration{-5*time.Minute - 2*time.Second, 5*time.Minute + 2*time.Second} {
		e.want(e.do(e.request("evt", time.Now().Add(off), link)), text(403, "Invalid signature"))
	}
	e.wantRuns(0, 0, 0)
	if got := e.faults.Calls(hooktest.Claim) + e.faults.Calls(hooktest.Bind); got != 0 {
		t.Errorf("the store was asked %d times for what is not genuine", got)
	}
}

// TestUnreadRefusal: what is refused by its header is refused before its body
// comes.
func TestUnreadRefusal(t *testing.T) {
	e := newEndpoint(t)
	for name, tt := range map[string]struct {
		head   string
		status int
	}{
		"missing": {"POST / HTTP/1.1\r\nContent-Length: 100\r\n", 401},
		"stale":   {"POST / HTTP/1.1\r\nContent-Length: 100\r\nX-Linktree-Timestamp: 1\r\nX-Linktree-Signature: " + strings.Repeat("0", 64) + "\r\n", 403},
		"probe":   {"HEAD / HTTP/1.1\r\nContent-Length: 100\r\n", 200},
		"method":  {"PUT / HTTP/1.1\r\nContent-Length: 100\r\n", 405},
		"too large": {fmt.Sprintf("POST / HTTP/1.1\r\nContent-Length: 2000000\r\nX-Linktree-Timestamp: %d\r\nX-Linktree-Signature: %s\r\n",
			time.Now().Unix(), strings.Repeat("0", 64)), 413},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(e.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(5 * time.Second))
			fmt.Fprintf(conn, "%sHost: test\r\n\r\n", tt.head)
			in := bufio.NewReader(conn)
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatalf("no answer while the body does not come: %v", err)
			}
			if got := read(t, resp); got.Status != tt.status {
				t.Errorf("status %d, want %d", got.Status, tt.status)
			}
			if _, err := in.ReadByte(); err != io.EOF {
				t.Errorf("the connection is not closed: %v", err)
			}
		})
	}
}

// TestTaken is every row in which the delivery is genuine: the answer, how
// often the handler runs, and the claim.
func TestTaken(t *testing.T) {
	fail := func(err error) func(context.Context) error {
		return func(context.Context) error { return err }
	}
	tests := []struct {
		name                string
		body                string
		do                  func(context.Context) error
		want                answer
		runs                int64
		completes, releases int
	}{
		{name: "handled", want: received, runs: 1, completes: 1},
		{name: "upper case, old secret", want: received, runs: 1, completes: 1},
		{name: "unknown type", body: `{"type":"shop.opened","data":{}}`, want: received, completes: 1},
		{name: "no JSON", body: `link.created`, want: text(400, "Not a webhook envelope"), releases: 1},
		{name: "no object", body: `["link.created"]`, want: text(400, "Not a webhook envelope"), releases: 1},
		{name: "no type", body: `{"data":{}}`, want: text(400, "Not a webhook envelope"), releases: 1},
		{name: "two types", body: `{"type":"a","type":"link.created","data":{}}`, want: text(400, "Not a webhook envelope"), releases: 1},
		{name: "empty", body: ``, want: text(400, "Not a webhook envelope"), releases: 1},
		{name: "other data", body: `{"type":"link.created","data":{"position":"first"}}`, want: text(422, "Unexpected data"), releases: 1},
		{name: "error", do: fail(errors.New("secret detail")), want: text(500, "Internal server error"), runs: 1, releases: 1},
		{name: "panic", do: func(context.Context) error { panic("secret detail") }, want: text(500, "Internal server error"), runs: 1, releases: 1},
		{name: "retry after", do: fail(dispatch.RetryAfter(errors.New("x"), time.Minute)), want: later, runs: 1, releases: 1},
		{name: "permanent", do: fail(dispatch.Permanent(errors.New("x"))), want: text(500, "Internal server error"), runs: 1, releases: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEndpoint(t)
			body := tt.body
			if body == "" && tt.name != "empty" {
				body = link
			}
			if tt.do != nil {
				e.will(tt.do)
			}
			req := e.request("evt", time.Now(), body)
			if tt.name == "upper case, old secret" {
				old, err := provider.Linktree("old secret")
				if err != nil {
					t.Fatal(err)
				}
				if err := old.Sign(req.Header, verify.Envelope{ID: "evt", Time: time.Now()}, []byte(body)); err != nil {
					t.Fatal(err)
				}
				req.Header.Set("X-Linktree-Signature", strings.ToUpper(req.Header.Get("X-Linktree-Signature")))
			}
			got := e.do(req)
			if tt.want.Status >= 400 && strings.Contains(got.Body, "secret") {
				t.Errorf("the answer %q tells too much", got.Body)
			}
			e.want(got, tt.want)
			e.wantRuns(tt.runs, tt.completes, tt.releases)
			if tt.completes > 0 {
				e.want(e.do(e.request("evt", time.Now(), body)), duplicate)
				e.wantRuns(tt.runs, tt.completes, tt.releases)
			} else if tt.runs > 0 {
				e.will(fail(nil))
				e.want(e.do(e.request("evt", time.Now(), body)), received)
				e.wantRuns(tt.runs+1, 1, tt.releases)
			}
		})
	}
}

func TestDeadLetter(t *testing.T) {
	for _, hook := range []error{nil, errors.New("queue is full")} {
		e := newEndpoint(t)
		var letters atomic.Int64
		e.mux.DeadLetter = func(context.Context, *hooklatch.Delivery, error) error {
			letters.Add(1)
			return hook
		}
		e.will(func(context.Context) error { return dispatch.Permanent(errors.New("x")) })
		got := e.do(e.request("evt", time.Now(), link))
		if hook == nil {
			e.want(got, received)
			e.wantRuns(1, 1, 0)
		} else {
			e.want(got, text(500, "Internal server error"))
			e.wantRuns(1, 0, 1)
		}
		if letters.Load() != 1 {
			t.Errorf("%d dead letters, want 1", letters.Load())
		}
	}
}

// TestInFlight: a duplicate that comes while the first runs waits for its end.
func TestInFlight(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first error
		soon  bool
		want  answer
		runs  int64
	}{
		{"done", nil, true, duplicate, 1},
		{"released", errors.New("x"), true, received, 2},
		{"too long", nil, false, later, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEndpoint(t)
			started, finish := make(chan struct{}), make(chan struct{})
			e.will(func(context.Context) error {
				e.will(func(context.Context) error { return nil })
				close(started)
				<-finish
				return tt.first
			})
			first, second := make(chan answer, 1), make(chan answer, 1)
			go func() { first <- e.do(e.request("evt", time.Now(), link)) }()
			<-started
			go func() { second <- e.do(e.request("evt", time.Now(), link)) }()
			if tt.soon {
				close(finish)
			}
			e.want(<-second, tt.want)
			if !tt.soon {
				close(finish)
			}
			<-first
			if got := e.runs.Load(); got != tt.runs {
				t.Errorf("the handler ran %d times, want %d", got, tt.runs)
			}
		})
	}
}

func TestStoreDown(t *testing.T) {
	for _, fault := range []hooktest.Fault{{Err: errors.New("down")}, {Delay: time.Hour}} {
		e := newEndpoint(t)
		e.faults.Set(fault)
		start := time.Now()
		e.want(e.do(e.request("evt", time.Now(), link)), later)
		e.wantRuns(0, 0, 0)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("answered after %v, want about the store's budget of 250 ms", took)
		}
	}
}

func TestSenderHangsUp(t *testing.T) {
	e := newEndpoint(t)
	hungUp, ended := make(chan struct{}), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	e.will(func(handler context.Context) error {
		cancel()
		<-hungUp
		// The server needs a moment to notice; it must not matter.
		time.Sleep(50 * time.Millisecond)
		ended <- handler.Err()
		return nil
	})
	if resp, err := http.DefaultClient.Do(e.request("evt", time.Now(), link).WithContext(ctx)); err == nil {
		resp.Body.Close()
		t.Fatal("the sender did not hang up")
	}
	close(hungUp)
	if err := <-ended; err != nil {
		t.Errorf("the handler's context ended with the connection: %v", err)
	}
	e.want(e.do(e.request("evt", time.Now(), link)), duplicate)
	e.wantRuns(1, 1, 0)
}

func TestLeaseLost(t *testing.T) {
	e := newEndpoint(t)
	e.faults.Set(hooktest.Fault{Err: idempotency.ErrLost}, hooktest.Complete)
	got := e.do(e.request("evt", time.Now(), link))
	e.want(got, later)
	e.wantRuns(1, 1, 0)
}

func TestTooManyInHand(t *testing.T) {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	started, finish := make(chan struct{}), make(chan struct{})
	hook := middleware.NewEndpoint("contract", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	h := linktree.Receiver(hook, scheme, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(started)
		<-finish
	}), &middleware.ReceiverOptions{MaxInHand: 1})
	srv := httptest.NewServer(h)
	defer srv.Close()
	e := &endpoint{t: t, url: srv.URL, scheme: scheme}
	first := make(chan answer, 1)
	go func() { first <- e.do(e.request("evt-1", time.Now(), link)) }()
	<-started
	e.want(e.do(e.request("evt-2", time.Now(), link)), later)
	close(finish)
	e.want(<-first, received)
}
