package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// A keeper is a Stale layer over Auth over a provider that can be told how to
// answer. Unless told, it says whose token came, and how many requests had.
type keeper struct {
	*upstream
	rt     http.RoundTripper
	answer http.HandlerFunc // nil: the usual
	inner  error            // if set, what a layer further in ends a request with
	served int
}

func newKeeper(t *testing.T, source transport.Source, o *transport.StaleOptions) *keeper {
	k := new(keeper)
	k.upstream = newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		k.served++
		if k.answer != nil {
			k.answer(w, r)
			return
		}
		fmt.Fprintf(w, "%s %s %d", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.URL.RequestURI(), k.served)
	})
	if source == nil {
		source = transport.StaticToken("token")
	}
	k.rt = transport.Chain(
		transport.Stale(source, o),
		func(next http.RoundTripper) http.RoundTripper {
			return transport.Func(func(r *http.Request) (*http.Response, error) {
				if k.inner != nil {
					return nil, fmt.Errorf("wrapped: %w", k.inner)
				}
				return next.RoundTrip(r)
			})
		},
		transport.Auth(source, mustURL(t, k.URL)),
	)(k.upstream)
	return k
}

// An answer as the caller sees it.
type seen struct {
	Status int
	Body   string
	Age    time.Duration
	Stale  bool
}

func (k *keeper) do(req *http.Request) (seen, error) {
	resp, err := k.rt.RoundTrip(req)
	if err != nil {
		return seen{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s := seen{Status: resp.StatusCode, Body: string(body)}
	s.Age, s.Stale = transport.Staleness(resp)
	return s, err
}

func (k *keeper) get(ctx context.Context, target string) (seen, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", k.URL+target, nil)
	if err != nil {
		return seen{}, err
	}
	return k.do(req)
}

func (k *keeper) want(target string, want seen) {
	k.t.Helper()
	got, err := k.get(k.t.Context(), target)
	if err != nil {
		k.t.Errorf("%s: %v", target, err)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("%s: %s", target, diff)
	}
}

var everything = &transport.StaleOptions{Paths: []string{"/*"}}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// TestStaleOutage: a profile outlives an outage of hours, is fetched anew after
// it, and is not served for ever.
func TestStaleOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, nil, &transport.StaleOptions{
			Paths: []string{"/me"}, FreshFor: time.Minute, MaxStale: 24 * time.Hour,
		})
		start := time.Now()
		at := func(age time.Duration, stale bool) {
			t.Helper()
			time.Sleep(time.Until(start.Add(age)))
			k.want("/me", seen{Status: 200, Body: "token /me 1", Age: age.Truncate(time.Second), Stale: stale})
		}
		at(0, false)
		at(59900*time.Millisecond, false)
		k.wantSent(1) // as long as it is fresh

		k.answer = status(503) // the outage begins
		at(time.Minute, true)
		at(time.Hour, true)
		at(6*time.Hour, true)
		at(24*time.Hour-time.Millisecond, true)
		k.wantSent(5)
		time.Sleep(time.Millisecond)
		k.want("/me", seen{Status: 503})

		k.answer = nil // it ends
		k.want("/me", seen{Status: 200, Body: "token /me 7"})
		k.want("/me", seen{Status: 200, Body: "token /me 7"})
		k.wantSent(7)
		k.wantNothingOpen()
	})
}

// TestStaleWhen is about what a kept answer may stand in for, and what not.
func TestStaleWhen(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		inner  error
		end    func(context.Context) (context.Context, context.CancelFunc)
		stale  bool
		status int   // if not stale
		err    error // if there is no answer
	}{
		{name: "500", answer: status(500), stale: true},
		{name: "501", answer: status(501), stale: true},
		{name: "503", answer: status(503), stale: true},
		{name: "429", answer: status(429), stale: true},
		{name: "broken connection", answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, stale: true},
		{name: "cut body", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		}, stale: true},
		{name: "ErrTimeout", inner: transport.ErrTimeout, stale: true},
		{name: "ErrCircuitOpen", inner: transport.ErrCircuitOpen, stale: true},
		{name: "ErrLocalLimit", inner: transport.ErrLocalLimit, stale: true},
		{name: "the caller's deadline", answer: hang, end: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, stale: true},
		{name: "the caller gives up", answer: hang, end: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, err: context.Canceled},
		{name: "ErrTimeout, and the caller has given up", inner: transport.ErrTimeout, end: func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.Sleep(time.Second)
			cancel()
			return ctx, cancel
		}, err: transport.ErrTimeout},
		{name: "ErrTooLarge", inner: transport.ErrTooLarge, err: transport.ErrTooLarge},
		{name: "ErrNoToken", inner: transport.ErrNoToken, err: transport.ErrNoToken},
		{name: "400", answer: status(400), status: 400},
		{name: "401", answer: status(401), status: 401},
		{name: "403", answer: status(403), status: 403},
		{name: "404", answer: status(404), status: 404},
		{name: "410", answer: status(410), status: 410},
		{name: "204", answer: status(204), status: 204},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKeeper(t, nil, everything)
				kept := seen{Status: 200, Body: "token /me 1"}
				k.want("/me", kept)
				k.answer, k.inner = tt.answer, tt.inner
				start, ctx := time.Now(), t.Context()
				if tt.end != nil {
					var cancel context.CancelFunc
					ctx, cancel = tt.end(ctx)
					defer cancel()
				}
				want := seen{Status: tt.status}
				if tt.stale {
					want = kept
					want.Stale = true
				}
				got, err := k.get(ctx, "/me")
				if tt.end != nil {
					if took := time.Since(start); took != time.Second {
						t.Errorf("took %v, want 1 s", took)
					}
					want.Age = time.Second
				}
				if tt.err != nil {
					want = seen{}
				}
				if !errors.Is(err, tt.err) || got != want {
					t.Errorf("got %+v, %v, want %+v, %v", got, err, want, tt.err)
				}
				k.wantNothingOpen()
			})
		})
	}
}
