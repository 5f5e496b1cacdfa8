package middleware_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestHandlerDeadline: an expired deadline that ended a silent handler is no
// success; a written success is one.
func TestHandlerDeadline(t *testing.T) {
	for _, tt := range []struct {
		name   string
		h      http.HandlerFunc
		status int
		body   string
	}{
		{"silent", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 500, "Internal server error"},
		{"explicit", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done(); w.WriteHeader(200) }, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := newRig(t, tt.h, middleware.OnceOptions{})
				srv, start := hooktest.NewServer(t, rig.h), time.Now()
				do(srv.Client(), rig.request(srv.URL, created())).want(t, tt.status, tt.body)
				if took := time.Since(start); took != middleware.DefaultHandlerTimeout {
					t.Errorf("the handler was ended after %v, want %v", took, middleware.DefaultHandlerTimeout)
				}
			})
		})
	}
}

// TestOuterDeadline: the handler keeps an outer layer's deadline, although it
// outlives the sender's hanging up.
func TestOuterDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, middleware.OnceOptions{})
		srv, start := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := contextWithTimeout(r, 3*time.Second)
			defer cancel()
			rig.h.ServeHTTP(w, r.WithContext(ctx))
		})), time.Now()
		do(srv.Client(), rig.request(srv.URL, created())).want(t, 500, "Internal server error")
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the handler was ended after %v, want 3 s", took)
		}
		rig.wantResults(middleware.Failed)
	})
}

// TestDisconnect: a sender that hangs up does not stop the handler, whose
// success counts.
func TestDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * time.Second)
			if err := r.Context().Err(); err != nil {
				t.Errorf("the handler's context ended: %v", err)
			}
		}, middleware.OnceOptions{})
		srv, ev := hooktest.NewServer(t, rig.h), created()
		ctx, cancel := contextWithTimeout(nil, time.Second)
		defer cancel()
		if a := do(srv.Client(), rig.request(srv.URL, ev).WithContext(ctx)); a.err == nil {
			t.Fatal("the sender did not hang up")
		}
		time.Sleep(3 * time.Second)
		rig.wantResults(middleware.Completed)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, duplicate)
	})
}
