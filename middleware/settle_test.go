package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestSettle checks, over real sockets, that a 2xx on the wire means that the
// delivery is done, and that every other ending lets the retry run again.
func TestSettle(t *testing.T) {
	const cut = -1 // the connection is cut without an answer
	tests := []struct {
		name   string
		h      http.HandlerFunc
		status int
		body   string
		result middleware.Result
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, 200, received, middleware.Completed},
		{"explicit 200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, 200, "", middleware.Completed},
		{"implicit 200", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "thanks") }, 200, "thanks", middleware.Completed},
		{"no content", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204, "", middleware.Completed},
		{"accepted", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202); io.WriteString(w, "later") }, 202, "later", middleware.Completed},
		{"empty write", func(w http.ResponseWriter, _ *http.Request) { w.Write(nil) }, 200, "", middleware.Completed},
		{"202 after 200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); w.WriteHeader(202) }, 200, "", middleware.Completed},
		{"500 after a flushed 200", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			w.WriteHeader(500)
		}, 500, "Internal server error", middleware.Failed},
		{"early hints, then 200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(200) }, 200, "", middleware.Completed},
		{"flushed 200", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			io.WriteString(w, "b")
		}, 200, "ab", middleware.Completed},
		{"more than is held back", func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				io.WriteString(w, strings.Repeat("x", 1<<10))
			}
		}, 200, strings.Repeat("x", 100<<10), middleware.Completed},

		{"500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }, 500, "no\n", middleware.Failed},
		{"404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 404, "", middleware.Failed},
		{"redirect", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, 304, "", middleware.Failed},
		{"early hints, then 500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(500) }, 500, "", middleware.Failed},
		{"500 after 200", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "thanks")
			http.Error(w, "no", 500)
		}, 500, "Internal server error", middleware.Failed},
		{"flushed 200, then a recovered panic", func(w http.ResponseWriter, _ *http.Request) {
			defer func() {
				_ = recover() // as a layer within does
				w.WriteHeader(500)
			}()
			io.WriteString(w, "thanks")
			w.(http.Flusher).Flush()
			panic("no")
		}, 500, "Internal server error", middleware.Failed},
		{"flushed 200, then reported", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "thanks")
			w.(http.Flusher).Flush()
			hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
		}, 500, "Internal server error", middleware.Failed},
		{"flushed silence, then an error", func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush() // to flush is to answer 200
			hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
		}, 500, "Internal server error", middleware.Failed},
		{"a long error page", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			io.WriteString(w, strings.Repeat("x", 100<<10))
		}, 503, strings.Repeat("x", 100<<10), middleware.Failed},
		{"reported as panicked", func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Panicked, errors.New("no"))
		}, 500, "Internal server error", middleware.Panicked},
		{"200 after 500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); w.WriteHeader(200) }, 500, "", middleware.Failed},
		{"panic after 200, recovered within", func(w http.ResponseWriter, _ *http.Request) {
			defer func() {
				_ = recover()
				w.WriteHeader(500)
			}()
			io.WriteString(w, "thanks")
			panic("no")
		}, 500, "Internal server error", middleware.Failed},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("no") }, cut, "", middleware.Panicked},
		{"panic after 200", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "thanks"); panic("no") }, cut, "", middleware.Panicked},
		{"status 0", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(0) }, cut, "", middleware.Panicked},
		{"status 99", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(99) }, cut, "", middleware.Panicked},
		{"status 1000", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(1000) }, cut, "", middleware.Panicked},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, cut, "", middleware.Panicked},
		{"goexit", func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, cut, "", middleware.Panicked},
		{"goexit after 200", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); runtime.Goexit() }, cut, "", middleware.Panicked},
		{"reported, nothing written", func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
		}, 500, "Internal server error", middleware.Failed},
		{"reported after 200", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "6")
			io.WriteString(w, "thanks")
			hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
		}, 500, "Internal server error", middleware.Failed},
		{"reported with 409", func(w http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Failed, nil)
			w.WriteHeader(409)
		}, 409, "", middleware.Failed},
		{"hijacked", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		}, cut, "", middleware.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var runs atomic.Int64
			var healed atomic.Bool
			rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
				runs.Add(1)
				if !healed.Load() {
					tt.h(w, r)
				}
			}, middleware.OnceOptions{})
			url, ev := rig.socket(), created()
			first := rig.send(url, ev)
			if tt.status == cut {
				if first.err == nil {
					t.Errorf("answer %d %q, want a cut connection", first.status, first.body)
				}
			} else {
				first.want(t, tt.status, tt.body)
			}
			// The retry tells whether the delivery is done.
			healed.Store(true)
			retry := rig.send(url, ev)
			want := int64(2)
			if tt.result == middleware.Completed {
				want = 1
				retry.want(t, 200, duplicate)
				rig.wantResults(middleware.Completed, middleware.Duplicate)
			} else {
				retry.want(t, 200, received)
				rig.wantResults(tt.result, middleware.Completed)
			}
			if got := runs.Load(); got != want {
				t.Errorf("handler ran %d times, want %d", got, want)
			}
		})
	}
}

// TestRecoveryOutside: a layer outside that recovers from a handler's panic finds
// the handler's value, and can't make a success of it: neither by answering nor by
// silence, to which net/http would add a 200.
func TestRecoveryOutside(t *testing.T) {
	for name, recovery := range map[string]http.HandlerFunc{
		"writes nothing": func(http.ResponseWriter, *http.Request) {},
		"writes 200":     func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "recovered") },
		"writes 502":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "recovered", http.StatusBadGateway) },
	} {
		for _, written := range []string{"", "thanks"} {
			for _, proto := range []int{1, 2} {
				t.Run(fmt.Sprint(name, " over HTTP/", proto), func(t *testing.T) {
					rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
						io.WriteString(w, written)
						panic("no")
					}, middleware.OnceOptions{})
					inner := rig.h
					rig.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						defer func() {
							if v := recover(); v != "no" {
								t.Errorf("recovered %v, want the handler's own value", v)
							}
							recovery(w, r)
						}()
						inner.ServeHTTP(w, r)
					})
					url := rig.socketOver(proto)
					// The recovery's page may follow the layer's own.
					if a := rig.send(url, created()); a.err != nil || a.status != 500 || !strings.HasPrefix(a.body, "Internal server error") {
						t.Errorf("answer %d %q (error %v), want 500", a.status, a.body, a.err)
					}
					rig.wantResults(middleware.Panicked)
				})
			}
		}
	}
}

// TestCompletedBeforeTheAnswer checks the order that makes a 2xx a promise.
func TestCompletedBeforeTheAnswer(t *testing.T) {
	for _, body := range []string{"", "thanks"} {
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }, middleware.OnceOptions{})
		w := &orderWriter{header: http.Header{}, faults: rig.faults}
		rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
		if w.status != 200 || w.completions != 1 {
			t.Errorf("status %d was written after %d completions, want 200 after 1", w.status, w.completions)
		}
	}
}

// An orderWriter notes how often the store had been told when the status was
// written.
type orderWriter struct {
	header      http.Header
	faults      *hooktest.Faults
	status      int
	completions int
}

func (w *orderWriter) Header() http.Header         { return w.header }
func (w *orderWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w *orderWriter) WriteHeader(status int) {
	w.status, w.completions = status, w.faults.Calls(hooktest.Complete)
}

func TestDeclaredTrailers(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Digest")
		io.WriteString(w, "thanks")
		w.Header().Set("X-Digest", "42")
	}, middleware.OnceOptions{})
	url := rig.socket()
	resp, err := rig.client.Do(rig.request(url, created()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if got := resp.Trailer.Get("X-Digest"); got != "42" {
		t.Errorf("trailer X-Digest is %q, want 42", got)
	}
	if got := resp.Header.Get("X-Digest"); got != "" {
		t.Errorf("the trailer's value %q was sent as a header too", got)
	}
}

// TestReleaseFails: where a claim can't be released, its lease runs out.
func TestReleaseFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			if calls.Add(1) == 1 {
				w.WriteHeader(500)
			}
		}, middleware.OnceOptions{})
		rig.faults.Set(hooktest.Fault{Err: errDown, Times: 1}, hooktest.Release)
		srv, ev := hooktest.NewServer(t, rig.h), created()
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 500, "")
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 503, "Try again later")
		time.Sleep(12 * time.Second)
		do(srv.Client(), rig.request(srv.URL, ev)).want(t, 200, received)
	})
}
