package transport_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// requestBodies makes requests and counts which of their bodies are closed.
type requestBodies struct {
	text   string
	opened atomic.Int64
	open   atomic.Int64
}

func (b *requestBodies) body() io.ReadCloser {
	b.opened.Add(1)
	b.open.Add(1)
	body := &countedBody{Reader: strings.NewReader(b.text)}
	body.close = func() {
		if body.closed.CompareAndSwap(false, true) {
			b.open.Add(-1)
		}
	}
	return body
}

type countedBody struct {
	io.Reader
	closed atomic.Bool
	close  func()
}

func (b *countedBody) Close() error { b.close(); return nil }

func (b *requestBodies) request(t *testing.T, ctx context.Context, method, target string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, target, b.body())
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(b.text))
	req.GetBody = func() (io.ReadCloser, error) { return b.body(), nil }
	return req
}

func (b *requestBodies) wantClosed(t *testing.T, opened int64) {
	t.Helper()
	synctest.Wait()
	if n := b.opened.Load(); n != opened {
		t.Errorf("%d bodies were made, want %d", n, opened)
	}
	if n := b.open.Load(); n != 0 {
		t.Errorf("%d bodies of requests are left open", n)
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestRetrySendsTheBodyAgain: whole on each attempt, also when the provider has
// answered without reading it.
func TestRetrySendsTheBodyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if len(got) != 1 {
				b, _ := io.ReadAll(r.Body)
				got = append(got, string(b))
			} else {
				got = append(got, "unread")
			}
			w.WriteHeader(503)
		})
		bodies := &requestBodies{text: strings.Repeat("body ", 3)}
		req := bodies.request(t, t.Context(), "PUT", u.URL)
		body := req.Body
		resp, err := transport.Retry(nil)(u).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if diff := cmp.Diff([]string{bodies.text, "unread", bodies.text, bodies.text}, got); diff != "" {
			t.Error(diff)
		}
		if req.Body != body {
			t.Error("the caller's request was changed")
		}
		bodies.wantClosed(t, 4)
		u.wantNothingOpen()
	})
}

// TestRetryNeedsTheBody: a body that can't be had again is not sent by halves.
func TestRetryNeedsTheBody(t *testing.T) {
	for name, getBody := range map[string]func() (io.ReadCloser, error){
		"no GetBody":    nil,
		"GetBody fails": func() (io.ReadCloser, error) { return nil, errors.New("the file is gone") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				base := &answering{status: 429}
				bodies := &requestBodies{text: "x"}
				req := bodies.request(t, t.Context(), "PUT", "http://provider.test/")
				req.GetBody = getBody
				resp, err := transport.Retry(nil)(base).RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := io.ReadAll(resp.Body)
				if resp.StatusCode != 429 || string(answer) != "answer 1" || err != nil {
					t.Errorf("got %d %q, %v, want the first answer, unread", resp.StatusCode, answer, err)
				}
				bodies.wantClosed(t, 1)
			})
		})
	}
}

// TestRetryBurst: many 503s with bodies cost one connection, and leave no
// goroutine.
func TestRetryBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			_, _ = io.WriteString(w, strings.Repeat("busy ", 10<<10)) // 50 KiB: more than net/http reads by itself
		})
		var dials int
		dial := u.pipes.DialContext
		u.pipes.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return dial(ctx, network, addr)
		}
		rt := transport.Retry(nil)(u)
		call := func() {
			if status, err := get(t.Context(), rt, u.URL); status != 503 || err != nil {
				t.Errorf("got %d, %v", status, err)
			}
		}
		call()
		synctest.Wait()
		before := runtime.NumGoroutine()
		for range 50 {
			call()
		}
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before {
			t.Errorf("%d goroutines more than after the first call", after-before)
		}
		if dials != 1 {
			t.Errorf("%d connections were made, want 1", dials)
		}
		u.wantSent(51 * 4)
		u.wantNothingOpen()
	})
}

// TestRetryDrips: a refusal that never ends is not waited for.
func TestRetryDrips(t *testing.T) {
	for name, encoding := range map[string]string{"plain": "", "compressed": "gzip"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n int
				u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					if n++; n > 3 {
						return
					}
					if encoding != "" {
						w.Header().Set("Content-Encoding", encoding)
					}
					w.WriteHeader(503)
					_ = http.NewResponseController(w).Flush()
					<-r.Context().Done()
				})
				start := time.Now()
				if status, err := get(t.Context(), transport.Retry(nil)(u), u.URL); status != 200 || err != nil {
					t.Errorf("got %d, %v", status, err)
				}
				// 3 waits of 0.5, 1 and 2 s at most, or for a second's dripping.
				if took := time.Since(start); took > 4*time.Second {
					t.Errorf("took %v, want 4 s at most", took)
				}
				u.wantNothingOpen()
			})
		})
	}
}
