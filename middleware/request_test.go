package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
)

type outerKey struct{}

// TestHandlerContext: the handler's context has the values of the request's, but
// does not end with it.
func TestHandlerContext(t *testing.T) {
	errOuter := errors.New("outer")
	rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if err, cause := ctx.Err(), context.Cause(ctx); err != nil || cause != nil {
			t.Errorf("the context has ended: %v, cause %v", err, cause)
		}
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		select {
		case <-child.Done():
			t.Errorf("a child has ended: %v", context.Cause(child))
		default:
		}
		if ctx.Value(outerKey{}) != "value" || ctx.Value(http.ServerContextKey) != nil {
			t.Error("the request's values are not the context's")
		}
		if d, ok := hooklatch.FromContext(child); !ok || d.ID == "" {
			t.Errorf("the context's delivery is %v", d)
		}
		if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Minute {
			t.Errorf("the context's deadline is %v, %v", end, ok)
		}
	}, middleware.OnceOptions{})
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancelCause(context.WithValue(r.Context(), outerKey{}, "value"))
		cancel(errOuter)
		rig.h.ServeHTTP(w, r.WithContext(ctx))
	})
	w := httptest.NewRecorder()
	outer.ServeHTTP(w, rig.request("/", created()))
	if w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
}

// TestHandlerContextKept: the handler's context ends when the handler returns,
// whether or not the handler has used it.
func TestHandlerContextKept(t *testing.T) {
	for name, use := range map[string]func(context.Context){
		"not used": func(context.Context) {},
		"used":     func(ctx context.Context) { ctx.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			var kept context.Context
			rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
				kept = r.Context()
				use(kept)
			}, middleware.OnceOptions{})
			rig.h.ServeHTTP(httptest.NewRecorder(), rig.request("/", created()))
			if err, cause := kept.Err(), context.Cause(kept); !errors.Is(err, context.Canceled) || !errors.Is(cause, context.Canceled) {
				t.Errorf("the kept context's error is %v, its cause %v", err, cause)
			}
			<-kept.Done()
			child, cancel := context.WithTimeout(kept, time.Hour)
			defer cancel()
			<-child.Done()
			if d, ok := hooklatch.FromContext(child); !ok || d.ID == "" {
				t.Errorf("the kept context's delivery is %v", d)
			}
		})
	}
}

// TestHandlerContextPolled: Err tells a handler what Done would.
func TestHandlerContextPolled(t *testing.T) {
	poll := func(ctx context.Context) error {
		for ctx.Err() == nil {
			time.Sleep(100 * time.Millisecond)
		}
		return errors.Join(ctx.Err(), context.Cause(ctx))
	}
	for _, tt := range []struct {
		name  string
		fault hooktest.Fault
		want  []error
		after time.Duration
	}{
		{"lost", hooktest.Fault{Err: idempotency.ErrLost}, []error{context.Canceled, idempotency.ErrLost}, 5 * time.Second},
		{"deadline", hooktest.Fault{Delay: time.Nanosecond}, []error{context.DeadlineExceeded}, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
					start := time.Now()
					err := poll(r.Context())
					for _, want := range tt.want {
						if !errors.Is(err, want) {
							t.Errorf("the context's end is %v, want %v", err, want)
						}
					}
					if took := time.Since(start).Round(time.Second); took != tt.after {
						t.Errorf("the context ended after %v, want %v", took, tt.after)
					}
				}, middleware.OnceOptions{})
				rig.faults.Set(tt.fault, hooktest.Extend)
				srv := hooktest.NewServer(t, rig.h)
				do(srv.Client(), rig.request(srv.URL, created()))
			})
		})
	}
}

// TestHandlerContextAfterBoth: of a deadline and a lost claim that the handler has
// not looked for, the first counts.
func TestHandlerContextAfterBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			time.Sleep(80 * time.Second)
			if err := r.Context().Err(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the context's error is %v, want that the deadline has passed", err)
			}
		}, middleware.OnceOptions{})
		srv := hooktest.NewServer(t, rig.h)
		time.AfterFunc(62*time.Second, func() {
			rig.faults.Set(hooktest.Fault{Err: idempotency.ErrLost}, hooktest.Extend)
		})
		do(srv.Client(), rig.request(srv.URL, created()))
	})
}

// TestContextsPrinted: printing a context prints nothing of the request.
func TestContextsPrinted(t *testing.T) {
	var printed strings.Builder
	look := func(ctx context.Context) { fmt.Fprintf(&printed, "%v %+v %#v %s\n", ctx, ctx, ctx, ctx) }
	rig := newRig(t, nil, middleware.OnceOptions{})
	seen := &contextStore{Store: rig.store, seen: make(map[string]context.Context)}
	peek := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			look(r.Context())
			next.ServeHTTP(w, r)
		})
	}
	h := middleware.Chain(
		rig.ep.Capture(0, nil), peek, rig.ep.Verify(rig.scheme), peek, rig.ep.Once(seen, nil), peek,
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := rig.request("/", hooktest.NewEvent("link.created", "the body"))
	r.Header.Set("Authorization", "the header")
	h.ServeHTTP(httptest.NewRecorder(), r)
	for _, ctx := range seen.seen {
		look(ctx)
	}
	for _, secret := range []string{"the body", "the header", "116 104 101", "0x74, 0x68", r.Header.Get("X-Linktree-Signature")} {
		if strings.Contains(printed.String(), secret) {
			t.Errorf("%q is printed", secret)
		}
	}
	if n := strings.Count(printed.String(), "hooklatch"); n < 5*4 {
		t.Errorf("%d names of contexts in %s", n, &printed)
	}
}
