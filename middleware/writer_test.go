package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestInformational: 1xx answers don't wait for the outcome, and are none.
func TestInformational(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
	}, middleware.OnceOptions{})
	url := rig.socket()
	var early []int
	req := rig.request(url, created())
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			early = append(early, code)
			return nil
		},
	}))
	do(rig.client, req).want(t, 202, "")
	if !slices.Equal(early, []int{103}) {
		t.Errorf("informational answers %v, want 103", early)
	}
}

// TestBufferedInPieces: an answer written in pieces of all sizes arrives whole.
func TestBufferedInPieces(t *testing.T) {
	pieces := []string{"a", "", "bc", strings.Repeat("d", 31), strings.Repeat("e", 40), "f"}
	for first := range pieces {
		want := strings.Join(pieces[first:], "")
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			for i, p := range pieces[first:] {
				if i%2 == 0 {
					io.WriteString(w, p)
				} else {
					w.Write([]byte(p))
				}
			}
		}, middleware.OnceOptions{})
		w := httptest.NewRecorder()
		rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
		if w.Body.String() != want {
			t.Errorf("answer %q, want %q", w.Body, want)
		}
	}
}

// TestBufferIsBounded: at most 64 KiB of an answer are held back.
func TestBufferIsBounded(t *testing.T) {
	const kib = 1 << 10
	w := &cuttable{ResponseRecorder: httptest.NewRecorder()}
	rig := newRig(t, func(held http.ResponseWriter, _ *http.Request) {
		for n := range 100 {
			if sent := w.Body.Len(); n <= 64 && sent != 0 || n > 65 && sent < 65*kib {
				t.Errorf("%d KiB written, %d bytes sent", n, sent)
			}
			io.WriteString(held, strings.Repeat("x", kib))
		}
	}, middleware.OnceOptions{})
	rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
	if w.Body.Len() != 100*kib {
		t.Errorf("%d bytes sent, want 100 KiB", w.Body.Len())
	}
}

// TestNoBodyAllowed: a write that net/http will refuse is refused at once.
func TestNoBodyAllowed(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
			t.Errorf("error %v, want ErrBodyNotAllowed", err)
		}
	}, middleware.OnceOptions{})
	rig.send(rig.socket(), created()).want(t, 204, "")
}

// long is more than is held back.
var long = strings.Repeat("x", 100<<10)

// TestFailureAfterSend: a handler fails after a part of its long answer has left.
// The sender sees a broken answer, the delivery is released, and the log says ERROR.
func TestFailureAfterSend(t *testing.T) {
	errNo := errors.New("no")
	for name, end := range map[string]func(http.ResponseWriter, *http.Request){
		"500":             func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"panic":           func(http.ResponseWriter, *http.Request) { panic(errNo) },
		"recovered panic": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "recovered", 500) },
		"goexit":          func(http.ResponseWriter, *http.Request) { runtime.Goexit() },
		"reported":        func(_ http.ResponseWriter, r *http.Request) { hooklatch.Report(r.Context(), hooklatch.Failed, errNo) },
		"flushed": func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush() // the writer can
			hooklatch.Report(r.Context(), hooklatch.Failed, errNo)
		},
	} {
		for _, proto := range []int{1, 2} {
			for _, header := range []string{"", "Content-Length", "Transfer-Encoding"} {
				t.Run(fmt.Sprint(name, " over HTTP/", proto, " ", header), func(t *testing.T) {
					t.Parallel()
					var healed atomic.Bool
					rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
						if healed.Load() {
							return
						}
						switch header {
						case "Content-Length":
							w.Header().Set(header, strconv.Itoa(len(long)))
						case "Transfer-Encoding": // the end of the answer is that of the connection
							w.Header().Set(header, "identity")
						}
						io.WriteString(w, long)
						end(w, r)
					}, middleware.OnceOptions{})
					url, ev := rig.socketOver(proto), created()
					if a := rig.send(url, ev); a.err == nil {
						t.Errorf("answer %d of %d bytes is complete, want a broken one", a.status, len(a.body))
					}
					out := rig.last()
					if out.Result != middleware.Failed && out.Result != middleware.Panicked {
						t.Errorf("outcome %q", out.Result)
					}
					if (name == "reported" || name == "flushed") && !errors.Is(out.Err, errNo) {
						t.Errorf("the outcome's error is %v, want the handler's own", out.Err)
					}
					if log := rig.logged(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "a part of a success was sent") {
						t.Errorf("the log does not tell that a part was sent:\n%s", log)
					}
					healed.Store(true)
					rig.send(url, ev).want(t, 200, received)
				})
			}
		}
	}
}

// TestLongSuccess: a long answer arrives whole, without a Content-Length, so that its
// end can be withheld.
func TestLongSuccess(t *testing.T) {
	for _, proto := range []int{1, 2} {
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(long)))
			io.WriteString(w, long)
		}, middleware.OnceOptions{})
		a := rig.send(rig.socketOver(proto), created())
		a.want(t, 200, long)
		if got := a.header.Get("Content-Length"); got != "" {
			t.Errorf("over HTTP/%d: Content-Length %s was sent", proto, got)
		}
		rig.wantResults(middleware.Completed)
	}
}

// TestLongAnswerOverHTTP10: the end of the connection alone marks the end of an
// HTTP/1.0 answer, so all of it is held back.
func TestLongAnswerOverHTTP10(t *testing.T) {
	for _, fails := range []bool{false, true} {
		rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
			for range 10 {
				io.WriteString(w, long)
			}
			if fails {
				hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
			}
		}, middleware.OnceOptions{})
		url := rig.socket()
		req := rig.request(url, created())
		var text strings.Builder
		fmt.Fprintf(&text, "POST / HTTP/1.0\r\nContent-Length: %d\r\n", req.ContentLength)
		if err := req.Header.Write(&text); err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		resp, got, _ := raw(t, strings.TrimPrefix(url, "http://"), text.String()+"\r\n"+string(body))
		if fails && (resp.StatusCode != 500 || got != "Internal server error") {
			t.Errorf("answer %d of %d bytes, want 500 and no more", resp.StatusCode, len(got))
		}
		if !fails && (resp.StatusCode != 200 || got != strings.Repeat(long, 10)) {
			t.Errorf("answer %d of %d bytes, want 200 and all", resp.StatusCode, len(got))
		}
	}
}

// A cuttable is a recorder that can set deadlines, as a server's writer can.
type cuttable struct {
	*httptest.ResponseRecorder
}

func (*cuttable) SetWriteDeadline(time.Time) error { return nil }

// TestNoDeadlines: where a writer outside hides the server's, nothing leaves before
// the outcome is known, however long the answer is. One that only promises
// deadlines is cut by a panic that net/http knows.
func TestNoDeadlines(t *testing.T) {
	for name, outside := range map[string]func(http.ResponseWriter) http.ResponseWriter{
		"hidden": func(w http.ResponseWriter) http.ResponseWriter { return struct{ http.ResponseWriter }{w} },
		"empty promise": func(w http.ResponseWriter) http.ResponseWriter {
			return struct {
				http.ResponseWriter
				*cuttableBy
			}{w, &cuttableBy{errors.ErrUnsupported}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var healed atomic.Bool
			rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
				if healed.Load() {
					return
				}
				io.WriteString(w, long)
				hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
			}, middleware.OnceOptions{})
			inner := rig.h
			rig.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(outside(w), r) })
			url, ev := rig.socket(), created()
			if a := rig.send(url, ev); name == "hidden" {
				a.want(t, 500, "Internal server error")
			} else if a.err == nil {
				t.Errorf("answer %d of %d bytes is complete, want a broken one", a.status, len(a.body))
			}
			healed.Store(true)
			rig.send(url, ev).want(t, 200, received)
			rig.wantResults(middleware.Failed, middleware.Completed)
		})
	}
}

// A cuttableBy answers to a deadline with an error.
type cuttableBy struct{ err error }

func (c *cuttableBy) SetWriteDeadline(time.Time) error { return c.err }

// A firstStatus is a writer that takes the first status for the final one, as many
// do.
type firstStatus struct {
	http.ResponseWriter
	wrote bool
}

func (f *firstStatus) WriteHeader(status int) {
	if !f.wrote {
		f.wrote = true
		f.ResponseWriter.WriteHeader(status)
	}
}

// An unwrappingFirstStatus is one that unwraps.
type unwrappingFirstStatus struct{ firstStatus }

func (f *unwrappingFirstStatus) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// TestInformationalBehindOtherWriters: no writer outside takes an informational
// status for the final one.
func TestInformationalBehindOtherWriters(t *testing.T) {
	for name, outside := range map[string]func(http.Handler) http.Handler{
		"http.TimeoutHandler": withinAMinute,
		"first status": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(&firstStatus{ResponseWriter: w}, r) })
		},
		"first status, unwraps": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(&unwrappingFirstStatus{firstStatus{ResponseWriter: w}}, r)
			})
		},
	} {
		for _, end := range []struct {
			name   string
			h      http.HandlerFunc
			status int
			body   string
		}{
			{"500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }, 500, "no\n"},
			{"reported", func(_ http.ResponseWriter, r *http.Request) {
				hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
			}, 500, "Internal server error"},
			{"202", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) }, 202, ""},
		} {
			t.Run(name+" "+end.name, func(t *testing.T) {
				rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
					w.WriteHeader(http.StatusProcessing)
					end.h(w, r)
				}, middleware.OnceOptions{})
				rig.h = outside(rig.h)
				rig.send(rig.socket(), created()).want(t, end.status, end.body)
			})
		}
	}
}

// TestLongAnswerBehindOtherWriters: what recovers from a panic outside makes no
// complete success of a long answer, where another writer hides the server's.
func TestLongAnswerBehindOtherWriters(t *testing.T) {
	recovers := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil {
					http.Error(w, "recovered", 500)
				}
			}()
			h.ServeHTTP(w, r)
		})
	}
	for name, outside := range map[string]func(http.Handler) http.Handler{
		"http.TimeoutHandler": func(h http.Handler) http.Handler { return withinAMinute(recovers(h)) },
		"hidden": func(h http.Handler) http.Handler {
			return recovers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			}))
		},
	} {
		for _, proto := range []int{1, 2} {
			for _, panicking := range []bool{false, true} {
				t.Run(fmt.Sprint(name, " over HTTP/", proto, ", panics: ", panicking), func(t *testing.T) {
					var healed atomic.Bool
					rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
						io.WriteString(w, long)
						switch {
						case healed.Load():
						case panicking:
							panic("no")
						default:
							hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
						}
					}, middleware.OnceOptions{})
					rig.h = outside(rig.h)
					url, ev := rig.socketOver(proto), created()
					if a := rig.send(url, ev); a.err != nil || a.status != 500 {
						t.Errorf("answer %d of %d bytes (error %v), want 500", a.status, len(a.body), a.err)
					}
					healed.Store(true)
					rig.send(url, ev).want(t, 200, long)
				})
			}
		}
	}
}

// TestFlushHolds: a flush lets nothing out before the outcome is known, whether or
// not the writer outside can flush.
func TestFlushHolds(t *testing.T) {
	for name, outside := range map[string]func(http.Handler) http.Handler{
		"none": func(h http.Handler) http.Handler { return h },
		"can't flush": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			})
		},
		"http.TimeoutHandler": withinAMinute,
	} {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", fails: ", fails), func(t *testing.T) {
				rig := newRig(t, func(w http.ResponseWriter, r *http.Request) {
					for range 3 {
						io.WriteString(w, "thanks ")
						if err := http.NewResponseController(w).Flush(); err != nil {
							t.Errorf("flush: %v", err)
						}
					}
					if fails {
						hooklatch.Report(r.Context(), hooklatch.Failed, errors.New("no"))
					}
				}, middleware.OnceOptions{})
				rig.h = outside(rig.h)
				a := rig.send(rig.socket(), created())
				if fails {
					a.want(t, 500, "Internal server error")
					rig.wantResults(middleware.Failed)
				} else {
					a.want(t, 200, "thanks thanks thanks ")
					rig.wantResults(middleware.Completed)
				}
			})
		}
	}
}

// TestReverseProxy: a proxy flushes what it copies, and succeeds only if its
// backend's answer comes whole.
func TestReverseProxy(t *testing.T) {
	const cut = -1
	for _, tt := range []struct {
		name    string
		backend http.HandlerFunc
		status  int
		body    string
		result  middleware.Result
	}{
		{"chunked", func(w http.ResponseWriter, _ *http.Request) {
			for range 3 {
				io.WriteString(w, "part ")
				w.(http.Flusher).Flush()
			}
		}, 200, "part part part ", middleware.Completed},
		{"breaks off", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "part ")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, cut, "", middleware.Panicked},
		{"breaks off late", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, long)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, cut, "", middleware.Panicked},
		{"fails", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) }, 503, "no\n", middleware.Failed},
		{"is away", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502, "", middleware.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, err := url.Parse("http://" + serve(t, tt.backend))
			if err != nil {
				t.Fatal(err)
			}
			proxy := httputil.NewSingleHostReverseProxy(target)
			proxy.FlushInterval = -1
			proxy.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
			rig := newRig(t, proxy.ServeHTTP, middleware.OnceOptions{})
			a := rig.send(rig.socket(), created())
			if tt.status != cut {
				a.want(t, tt.status, tt.body)
			} else if a.err == nil {
				t.Errorf("answer %d %q, want a broken one", a.status, a.body)
			}
			rig.wantResults(tt.result)
		})
	}
}
