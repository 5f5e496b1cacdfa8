package middleware_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// A stalledBody stops before its last byte until done is closed, and breaks off
// then.
type stalledBody struct {
	left int
	done <-chan struct{}
}

func (b *stalledBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		<-b.done
		return 0, io.ErrUnexpectedEOF
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}

// stalled returns a request whose last byte of size never comes.
func stalled(size int, chunked bool, done <-chan struct{}) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(&stalledBody{left: size - 1, done: done}))
	r.ContentLength = int64(size)
	if chunked {
		r.ContentLength = -1
	}
	return r
}

// TestBudget: forged bodies that are a byte short, however many, hold no more than
// the budget, and small genuine ones pass through the reserve.
func TestBudget(t *testing.T) {
	const mib = 1 << 20
	for _, chunked := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			budget := middleware.NewBudget(8 * mib)
			rig := newRigFor(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{}, middleware.EndpointOptions{Unverified: budget})
			h := middleware.Chain(rig.ep.Capture(2*mib, nil), rig.ep.Verify(rig.scheme))(http.NotFoundHandler())
			done, answers := make(chan struct{}), make(chan answer, 250)
			for range cap(answers) {
				go func() { answers <- serveDirectly(h, stalled(mib, chunked, done)) }()
			}
			synctest.Wait()
			if used := budget.Used(); used > 6*mib || used < 4*mib {
				t.Errorf("%d bytes are held, want three quarters of the budget at most, and not much less", used)
			}
			turnedAway := len(answers)
			if turnedAway < 240 || turnedAway == 250 {
				t.Errorf("%d of 250 are turned away", turnedAway)
			}
			for range turnedAway {
				a := <-answers
				a.want(t, 503, "Try again later")
				if a.header.Get("Retry-After") == "" || a.header.Get("Connection") != "close" {
					t.Errorf("header %v: want Retry-After, and no wait for the rest of the body", a.header)
				}
			}
			for _, size := range []int{10, 30 << 10, 60 << 10} {
				rig.post(hooktest.NewEvent("link.created", strings.Repeat("x", size))).want(t, 200, received)
			}
			rig.post(hooktest.NewEvent("link.created", strings.Repeat("x", 100<<10))).want(t, 503, "Try again later")
			if rig.last().Result != middleware.Overloaded {
				t.Errorf("outcome %q", rig.last().Result)
			}
			close(done)
			for range 250 - turnedAway {
				(<-answers).want(t, 400, "Body unreadable")
			}
			if used := budget.Used(); used != 0 {
				t.Errorf("%d bytes are still taken", used)
			}
		})
	}
}

// TestBudgetReserve: the reserve is for bodies of 64 KiB, not of a byte more.
func TestBudgetReserve(t *testing.T) {
	const kib = 1 << 10
	for _, size := range []int{64 * kib, 64*kib + 1} {
		budget := middleware.NewBudget(80 * kib) // of which 60 KiB are for all
		ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler), Unverified: budget})
		h := ep.Capture(0, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		want := 200
		if size > 64*kib {
			want = 503
		}
		if a := serveDirectly(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size)))); a.status != want {
			t.Errorf("%d bytes: status %d, want %d", size, a.status, want)
		}
		if used := budget.Used(); used != 0 {
			t.Errorf("%d bytes: %d are still taken", size, used)
		}
	}
}

// TestBudgetIsShared: endpoints without a Budget share one.
func TestBudgetIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := slog.New(slog.DiscardHandler)
		a := middleware.NewEndpoint("a", &middleware.EndpointOptions{Logger: quiet})
		b := middleware.NewEndpoint("b", &middleware.EndpointOptions{Logger: quiet})
		apart := middleware.NewEndpoint("c", &middleware.EndpointOptions{Logger: quiet, Unverified: new(middleware.Budget)})
		ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		done := make(chan struct{})
		var wg sync.WaitGroup
		const large, size = 40 << 20, 10 << 20
		wg.Go(func() { serveDirectly(a.Capture(large, nil)(ok), stalled(large, false, done)) })
		synctest.Wait()
		send := func(ep *middleware.Endpoint) int {
			return serveDirectly(ep.Capture(size, nil)(ok), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", size)))).status
		}
		if got := send(b); got != 503 {
			t.Errorf("another endpoint's body: status %d, want 503", got)
		}
		if got := send(apart); got != 200 {
			t.Errorf("a body on another budget: status %d, want 200", got)
		}
		close(done)
		wg.Wait()
		if got := send(b); got != 200 {
			t.Errorf("afterwards: status %d, want 200", got)
		}
	})
}

// TestBudgetIsGivenBack: on every way that a request can end.
func TestBudgetIsGivenBack(t *testing.T) { synctest.Test(t, testBudgetIsGivenBack) }

func testBudgetIsGivenBack(t *testing.T) {
	const limit = 100_000
	scheme := newScheme(t)
	budget := middleware.NewBudget(middleware.DefaultUnverified)
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler), Unverified: budget})
	capture := func(inner ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
		return middleware.Chain(append([]func(http.Handler) http.Handler{ep.Capture(limit, &middleware.CaptureOptions{Timeout: 20 * time.Millisecond})}, inner...)...)
	}
	verifies := func(err error) func(http.Handler) http.Handler {
		return ep.Verify(verifierFunc(func() (verify.Envelope, error) { return verify.Envelope{}, err }))
	}
	body := strings.Repeat("x", 50_000)
	of := func(src io.Reader, length int64) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(src))
		r.ContentLength = length
		return r
	}
	whole := func() *http.Request { return of(strings.NewReader(body), int64(len(body))) }
	done := make(chan struct{})
	close(done)
	for name, tt := range map[string]struct {
		layers func(http.Handler) http.Handler
		r      *http.Request
		status int
	}{
		"no Verify layer":            {capture(), whole(), 200},
		"forged":                     {capture(ep.Verify(scheme)), whole(), 401},
		"undecided":                  {capture(verifies(errDown)), whole(), 503},
		"no provider":                {capture(verifies(nil)), whole(), 500},
		"verifier panics":            {capture(ep.Verify(verifierFunc(func() (verify.Envelope, error) { panic("no") }))), whole(), 500},
		"genuine":                    {capture(ep.Verify(scheme)), hooktest.NewRequest(t, "/", scheme, created()), 200},
		"too large":                  {capture(), of(strings.NewReader(strings.Repeat("x", 2*limit)), -1), 413},
		"too slow":                   {capture(), of(io.MultiReader(strings.NewReader(body), slowReader{}), -1), 408},
		"broken":                     {capture(), stalled(50_000, false, done), 400},
		"chunks broken":              {capture(), stalled(50_000, true, done), 400},
		"consumed":                   {capture(), of(strings.NewReader(body), int64(len(body))+1), 500},
		"closed":                     {capture(), of(io.MultiReader(strings.NewReader(body), failReader{http.ErrBodyReadAfterClose}), -1), 500},
		"outer limit":                {capture(), of(io.MultiReader(strings.NewReader(body), failReader{&http.MaxBytesError{}}), -1), 413},
		"reader panics":              {capture(), of(io.MultiReader(strings.NewReader(body), failReader{errPanic}), -1), 500},
		"handler panics":             {capture(func(http.Handler) http.Handler { return panics }), whole(), 0},
		"within http.TimeoutHandler": {capture(withinTimeout, ep.Verify(scheme)), whole(), 401},
		"slow verifier": {capture(withinTimeout, ep.Verify(verifierFunc(func() (verify.Envelope, error) {
			time.Sleep(200 * time.Millisecond)
			return verify.Envelope{}, errDown
		}))), whole(), 503},
	} {
		h := tt.layers(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if name == "genuine" && budget.Used() != 0 {
				t.Errorf("%s: %d bytes are still taken when the handler runs", name, budget.Used())
			}
		}))
		w := httptest.NewRecorder()
		w.Code = 0
		func() {
			defer func() { _ = recover() }()
			h.ServeHTTP(w, tt.r)
			if w.Code == 0 {
				w.Code = 200
			}
		}()
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.status)
		}
		if used := budget.Used(); used != 0 {
			t.Errorf("%s: %d bytes are still taken", name, used)
		}
	}
	time.Sleep(time.Second) // the slow verifier decides after its time-out
	if used := budget.Used(); used != 0 {
		t.Errorf("%d bytes are taken in the end", used)
	}
}

// A failReader fails with an error, or panics with errPanic.
type failReader struct{ err error }

func (f failReader) Read([]byte) (int, error) { return 0, panicked(f.err) }

var panics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no") })

func withinTimeout(h http.Handler) http.Handler {
	return http.TimeoutHandler(h, 50*time.Millisecond, "")
}

func withinAMinute(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "") }

// TestBodiesNotBoundedInTime: where a layer in front hides the server's writer and
// the server has no ReadTimeout, the log warns, once.
func TestBodiesNotBoundedInTime(t *testing.T) {
	for _, tt := range []struct {
		name        string
		hidden      bool
		readTimeout time.Duration
		warnings    int
	}{
		{"hidden", true, 0, 1},
		{"hidden, with ReadTimeout", true, time.Minute, 0},
		{"not hidden", false, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
			h := rig.h
			if tt.hidden {
				h = withinAMinute(h)
			}
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ReadTimeout = tt.readTimeout
			srv.Start()
			defer srv.Close()
			rig.client = srv.Client()
			for range 3 {
				rig.send(srv.URL, created()).want(t, 200, received)
			}
			if n := strings.Count(rig.logged(), "not bounded in time"); n != tt.warnings {
				t.Errorf("%d warnings, want %d:\n%s", n, tt.warnings, rig.logged())
			}
		})
	}
}
