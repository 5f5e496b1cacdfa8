package transport_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// raw answers with exactly the given bytes, and then closes the connection.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		_, _ = buf.WriteString(answer)
		_ = buf.Flush()
	}
}

// drip writes a byte each second.
func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, "."); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		time.Sleep(time.Second)
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// errNetwork stands in the tables for an error that is none of the others.
var errNetwork = errors.New("network")

// TestAttemptTimeout: how an attempt ends, when, and that nothing of it stays.
func TestAttemptTimeout(t *testing.T) {
	const mebi = 1 << 20
	fill := func(n int, declared bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if declared {
				w.Header().Set("Content-Length", fmt.Sprint(n))
			}
			_, _ = io.WriteString(w, strings.Repeat("x", n))
		}
	}
	tests := []struct {
		name     string
		h        http.HandlerFunc
		method   string
		call     time.Duration // the Call's own Timeout
		deadline time.Duration // the caller's
		cancel   time.Duration // by the caller
		want     error
		after    time.Duration
		length   int64
	}{
		{name: "whole", h: fill(1000, true), length: 1000},
		{name: "whole, chunked", h: fill(mebi, false), length: mebi},
		{name: "empty", h: func(http.ResponseWriter, *http.Request) {}},
		{name: "no content", h: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }},
		{name: "HEAD", method: "HEAD", h: fill(100*mebi, true), length: 100 * mebi},
		{name: "error with a body", h: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }, length: 3},
		{name: "slow but in time", h: func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(9 * time.Second)
			_, _ = io.WriteString(w, "ok")
		}, after: 9 * time.Second, length: 2},

		{name: "hangs", h: hang, want: transport.ErrTimeout, after: transport.DefaultTimeout},
		{name: "hangs, the call's time", h: hang, call: 30 * time.Second, want: transport.ErrTimeout, after: 30 * time.Second},
		{name: "hangs, the caller's deadline", h: hang, deadline: 3 * time.Second, want: context.DeadlineExceeded, after: 3 * time.Second},
		{name: "hangs, the caller gives up", h: hang, cancel: 2 * time.Second, want: context.Canceled, after: 2 * time.Second},
		{name: "hangs, a later deadline", h: hang, deadline: time.Minute, want: transport.ErrTimeout, after: transport.DefaultTimeout},
		{name: "drips", h: drip, want: transport.ErrTimeout, after: transport.DefaultTimeout},
		{name: "drips, the caller's deadline", h: drip, deadline: 2500 * time.Millisecond, want: context.DeadlineExceeded, after: 2500 * time.Millisecond},
		{name: "drips, the caller gives up", h: drip, cancel: 2500 * time.Millisecond, want: context.Canceled, after: 2500 * time.Millisecond},
		{name: "body does not come", h: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, want: transport.ErrTimeout, after: transport.DefaultTimeout},

		{name: "cut", h: raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), want: io.ErrUnexpectedEOF},
		{name: "cut, chunked", h: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), want: io.ErrUnexpectedEOF},
		{name: "bad chunk", h: raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n"), want: errNetwork},
		{name: "no answer", h: raw(""), want: errNetwork},
		{name: "no HTTP", h: raw("220 smtp.test ESMTP\r\n"), want: errNetwork},
		{name: "handler panics", h: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", mebi))
			panic(http.ErrAbortHandler)
		}, want: io.ErrUnexpectedEOF},

		{name: "at the limit", h: fill(8*mebi, false), length: 8 * mebi},
		{name: "too large", h: fill(8*mebi+1, false), want: transport.ErrTooLarge},
		{name: "too large, and says so", h: fill(8*mebi+1, true), want: transport.ErrTooLarge},
		{name: "says that it is huge", h: raw("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx"), want: transport.ErrTooLarge},
		{name: "huge when decompressed", h: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer func() { _ = z.Close() }() // the client has closed by then
			for range 9 {
				_, _ = z.Write(make([]byte, mebi))
			}
		}, want: transport.ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := newUpstream(t, tt.h)
				rt := transport.AttemptTimeout(nil)(up)
				ctx, cancel := context.WithCancel(transport.WithCall(t.Context(), transport.Call{Timeout: tt.call}))
				defer cancel()
				if tt.deadline > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				if tt.cancel > 0 {
					time.AfterFunc(tt.cancel, cancel)
				}
				r, err := http.NewRequestWithContext(ctx, tt.method, up.URL+"/?secret=s3cret", nil)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				resp, err := rt.RoundTrip(r)
				if took := time.Since(start); took != tt.after {
					t.Errorf("it took %v, want %v", took, tt.after)
				}
				wantError(t, err, tt.want)
				if err == nil {
					cancel() // what was read stays readable
					n, err := io.Copy(io.Discard, resp.Body)
					if resp.ContentLength != tt.length || err != nil || tt.method != "HEAD" && n != tt.length {
						t.Errorf("%d bytes (%v), ContentLength %d, want %d", n, err, resp.ContentLength, tt.length)
					}
				}
				if resp != nil && err != nil {
					t.Error("an answer beside an error")
				}
				up.wantNothingOpen() // though the caller has not closed the answer
			})
		})
	}
}

// wantError checks that err is of exactly one kind.
func wantError(t *testing.T, err, want error) {
	t.Helper()
	if (err == nil) != (want == nil) {
		t.Fatalf("error %v, want %v", err, want)
	}
	kinds := []error{transport.ErrTimeout, transport.ErrTooLarge, context.Canceled, context.DeadlineExceeded}
	for _, kind := range kinds {
		if errors.Is(err, kind) != (want == kind) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	if want == io.ErrUnexpectedEOF && !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error shows the query: %v", err)
	}
}

// TestAttemptTimeoutIsRetried: the body counts as part of the attempt, so that
// another one mends it.
func TestAttemptTimeoutIsRetried(t *testing.T) {
	for name, bad := range map[string]http.HandlerFunc{
		"cut": raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), "drips": drip, "hangs": hang,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					if n++; n == 1 {
						bad(w, r)
						return
					}
					_, _ = io.WriteString(w, "whole")
				})
				rt := transport.Chain(transport.Retry(nil), transport.AttemptTimeout(nil))(up)
				if status, err := get(t.Context(), rt, up.URL); status != 200 {
					t.Errorf("%d %v", status, err)
				}
				up.wantSent(2)
				up.wantNothingOpen()
			})
		})
	}
}

// TestAttemptTimeoutOtherTransports: what is not net/http's own may leave things
// out.
func TestAttemptTimeoutOtherTransports(t *testing.T) {
	rt := transport.AttemptTimeout(nil)(transport.Func(
		func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil }))
	r, _ := http.NewRequest("GET", "http://hooktest.test/", nil)
	resp, err := rt.RoundTrip(r)
	if err != nil || resp.Body == nil {
		t.Fatalf("%v, body %v", err, resp.Body)
	}
}

// TestAttemptTimeoutNamesTheCallersEnd, whatever the transport calls it.
func TestAttemptTimeoutNamesTheCallersEnd(t *testing.T) {
	rt := transport.AttemptTimeout(nil)(transport.Func(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, errRefused
	}))
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("had enough"))
	_, err := get(ctx, rt, "http://hooktest.test/")
	wantError(t, err, context.Canceled)
}

// TestAttemptTimeoutKeepsConnections: what went well costs no new connection,
// and what went wrong does not come back with the next answer.
func TestAttemptTimeoutKeepsConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/drip" {
				drip(w, r)
			}
			_, _ = io.WriteString(w, "ok")
		})
		dials := 0
		dial := up.pipes.DialContext
		up.pipes.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return dial(ctx, network, addr)
		}
		rt := transport.AttemptTimeout(&transport.AttemptTimeoutOptions{Timeout: time.Second, MaxBody: 10})(up)
		for _, path := range []string{"/", "/", "/", "/drip", "/", "/"} {
			_, err := get(t.Context(), rt, up.URL+path)
			if (path == "/drip") != errors.Is(err, transport.ErrTimeout) {
				t.Errorf("%s: %v", path, err)
			}
			synctest.Wait()
		}
		if dials != 2 {
			t.Errorf("%d connections, want 2: a new one after the time-out", dials)
		}
		up.wantNothingOpen()
	})
}

func TestAttemptTimeoutPanics(t *testing.T) {
	wantPanic(t, func() { transport.AttemptTimeout(&transport.AttemptTimeoutOptions{Timeout: -1}) }, "AttemptTimeout")
	wantPanic(t, func() { transport.AttemptTimeout(&transport.AttemptTimeoutOptions{MaxBody: -1}) }, "AttemptTimeout")
}

// FuzzAttemptTimeout: whatever comes from the wire is an answer or an error, in
// time, and of no more than the limit.
func FuzzAttemptTimeout(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
	f.Add("HTTP/1.0 200 OK\r\n\r\n" + strings.Repeat("x", 100))
	rt := transport.AttemptTimeout(&transport.AttemptTimeoutOptions{MaxBody: 64})
	f.Fuzz(func(t *testing.T, answer string) {
		base := transport.Func(func(r *http.Request) (*http.Response, error) {
			return http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), r)
		})
		r, _ := http.NewRequest("GET", "http://hooktest.test/", nil)
		resp, err := rt(base).RoundTrip(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || len(body) > 64 || resp.ContentLength != int64(len(body)) {
			t.Errorf("%d bytes, ContentLength %d, %v", len(body), resp.ContentLength, err)
		}
	})
}
