package middleware_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// echo answers with what the delivery and the request's Body hold.
func echo(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d, ok := hooklatch.FromContext(r.Context())
		if !ok {
			t.Error("no delivery in the context")
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(body, d.Body) {
			t.Errorf("Body reads %d bytes (error %v), the delivery has %d", len(body), err, len(d.Body))
		}
		fmt.Fprintf(w, "%d %s", len(d.Body), r.Trailer.Get("X-End"))
	}
}

func serve(t *testing.T, h http.Handler) (addr string) {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// raw sends bytes over a socket of its own and returns the answer, which must
// come within two seconds, and whether the server closed the connection after.
func raw(t *testing.T, addr, request string) (resp *http.Response, body string, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	resp, err = http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, err = in.ReadByte()
	return resp, string(text), err == io.EOF
}

func TestCaptureSizes(t *testing.T) {
	const limit = 100_000
	addr := serve(t, newEndpoint().Capture(limit, nil)(echo(t)))
	for _, size := range []int{0, 1, 511, 512, 513, 4095, 4096, 4097, limit - 1, limit, limit + 1, 2 * limit} {
		for _, chunked := range []bool{false, true} {
			body := io.Reader(strings.NewReader(strings.Repeat("x", size)))
			if chunked {
				body = io.MultiReader(body) // of unknown length
			}
			req, err := http.NewRequest(http.MethodPost, "http://"+addr, body)
			if err != nil {
				t.Fatal(err)
			}
			got := do(http.DefaultClient, req)
			if size <= limit {
				got.want(t, 200, fmt.Sprintf("%d ", size))
			} else if got.err != nil || got.status != 413 {
				t.Errorf("size %d, chunked %v: status %d (error %v), want 413", size, chunked, got.status, got.err)
			}
		}
	}
}

// TestCaptureOverLimitUnfinished: the answer comes although the rest of the
// body never does, even through writers that hide the server's.
func TestCaptureOverLimitUnfinished(t *testing.T) {
	h := newEndpoint().Capture(10, nil)(echo(t))
	wrapped := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(unwrapper{w}, r)
	})
	opaque := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
	})
	for name, h := range map[string]http.Handler{"bare": h, "wrapped": wrapped, "opaque": opaque} {
		for _, request := range []string{
			"Content-Length: 1000\r\n\r\n",
			"Content-Length: 1000\r\n\r\n0123456789abc",
			"Transfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n",
			"Transfer-Encoding: chunked\r\n\r\nffff\r\n0123456789abcdef",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				resp, _, closed := raw(t, serve(t, h), "POST / HTTP/1.1\r\nHost: test\r\n"+request)
				// Without a way to set deadlines, closing is left to the
				// server's own time-outs.
				if resp.StatusCode != 413 || !(closed || name == "opaque") {
					t.Errorf("status %d, closed %v; want 413 and a closed connection", resp.StatusCode, closed)
				}
			})
		}
	}
}

type unwrapper struct{ http.ResponseWriter }

func (u unwrapper) Unwrap() http.ResponseWriter { return u.ResponseWriter }

// TestCaptureOverLimitLingers: the connection is not reset while the sender is
// still sending, or the sender might never read the answer.
func TestCaptureOverLimitLingers(t *testing.T) {
	h := newEndpoint().Capture(10, nil)(echo(t))
	addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(unwrapper{w}, r)
	}))
	attempt := func() error {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n", 200<<10)
		_, _ = conn.Write(make([]byte, 64<<10)) // more than the server reads ahead, less than it would drain
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != 413 {
			t.Fatalf("answer %v (error %v), want 413", resp, err)
		}
		for range 10 {
			time.Sleep(10 * time.Millisecond)
			if _, err := conn.Write([]byte("more")); err != nil {
				return err
			}
		}
		return nil
	}
	// The server waits for half a second, which a busy machine may miss.
	var err error
	for range 5 {
		if err = attempt(); err == nil {
			return
		}
	}
	t.Errorf("the connection is reset: %v", err)
}

// TestCaptureSlowBody: a sender of a byte a second, or of nothing, is cut off in
// time. The first works even where the writer can't set deadlines.
func TestCaptureSlowBody(t *testing.T) {
	for _, tt := range []struct {
		hidden bool
		pause  time.Duration
	}{{false, time.Second}, {true, time.Second}, {false, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			h := newEndpoint().Capture(0, nil)(echo(t))
			srv := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tt.hidden {
					w = struct{ http.ResponseWriter }{w}
				}
				h.ServeHTTP(w, r)
			}))
			body, in := io.Pipe()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for {
					time.Sleep(tt.pause)
					if _, err := in.Write([]byte("x")); err != nil {
						return
					}
				}
			}()
			req, err := http.NewRequest(http.MethodPost, srv.URL, body)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			do(srv.Client(), req).want(t, 408, "Body too slow")
			if took := time.Since(start); took < middleware.DefaultBodyTimeout || took > middleware.DefaultBodyTimeout+2*time.Second {
				t.Errorf("cut off after %v, want %v", took, middleware.DefaultBodyTimeout)
			}
			_ = body.Close() // a pipe's never fails
			<-ended
		})
	}
}

// TestCaptureClearsDeadline: the body's deadline must not end a handler that
// takes longer. The server clears it at the body's end, but not where an outer
// layer has read the body and put a copy in its place.
func TestCaptureClearsDeadline(t *testing.T) {
	var cause atomic.Value
	h := newEndpoint().Capture(0, &middleware.CaptureOptions{Timeout: 50 * time.Millisecond})(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				cause.Store(context.Cause(r.Context()))
			case <-time.After(200 * time.Millisecond):
			}
		}))
	addr := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, r)
	}))
	resp, err := http.Post("http://"+addr, "", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if c := cause.Load(); c != nil {
		t.Errorf("the handler's context ended: %v", c)
	}
}

func TestCaptureConsumedBody(t *testing.T) {
	for name, eat := range map[string]func(*http.Request){
		"all of it":  func(r *http.Request) { _, _ = io.ReadAll(r.Body) },
		"a part":     func(r *http.Request) { _, _ = io.CopyN(io.Discard, r.Body, 5) },
		"and closed": func(r *http.Request) { _, _ = io.ReadAll(r.Body); _ = r.Body.Close() },
		"replaced":   func(r *http.Request) { r.Body = http.NoBody },
	} {
		t.Run(name, func(t *testing.T) {
			rig := newRig(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }, middleware.OnceOptions{})
			inner := rig.h
			rig.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				eat(r)
				inner.ServeHTTP(w, r)
			})
			rig.send(rig.socket(), created()).want(t, 500, "Internal server error")
			rig.wantResults(middleware.Misplaced)
			if !strings.Contains(rig.logged(), "consumed before") {
				t.Errorf("log does not tell that the body was consumed:\n%s", rig.logged())
			}
		})
	}
}

// TestCaptureTrailers: the handler sees trailers, announced or not.
func TestCaptureTrailers(t *testing.T) {
	addr := serve(t, newEndpoint().Capture(0, nil)(echo(t)))
	for _, declared := range []string{"", "Trailer: X-End\r\n"} {
		_, body, _ := raw(t, addr, "POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"+
			declared+"\r\n3\r\nabc\r\n0\r\nX-End: yes\r\n\r\n")
		if body != "3 yes" {
			t.Errorf("handler saw %q, want the trailer", body)
		}
	}
}

// TestCaptureCompressed: the signed bytes are the compressed ones.
func TestCaptureCompressed(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, _ = io.WriteString(zip, strings.Repeat("x", 1000)) // into memory
	_ = zip.Close()
	req, err := http.NewRequest(http.MethodPost, "http://"+serve(t, newEndpoint().Capture(0, nil)(echo(t))), bytes.NewReader(packed.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Encoding", "gzip")
	do(http.DefaultClient, req).want(t, 200, fmt.Sprintf("%d ", packed.Len()))
}

// TestCaptureReservesNothing: announcing a length costs no memory.
func TestCaptureReservesNothing(t *testing.T) {
	const n = 64
	h := newEndpoint().Capture(64<<20, nil)(echo(t))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(&cutReader{}))
		r.ContentLength = 64 << 20
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / n; each > 32<<10 {
		t.Errorf("%d bytes were allocated for each body that never came, want a few KiB", each)
	}
}

// A cutReader is a body that breaks off after its beginning.
type cutReader struct{ n int }

func (c *cutReader) Read(p []byte) (int, error) {
	if c.n++; c.n > 1 {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(p, "the beginning"), nil
}

func TestCaptureBrokenConnection(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }, middleware.OnceOptions{})
	addr := strings.TrimPrefix(rig.socket(), "http://")
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\nX-Linktree-Timestamp: %d\r\nX-Linktree-Signature: %s\r\n\r\nabc",
		time.Now().Unix(), strings.Repeat("0", 64))
	time.Sleep(10 * time.Millisecond) // the header should be read before the end comes
	conn.Close()
	for start := time.Now(); len(rig.results()) == 0 && time.Since(start) < 5*time.Second; {
		time.Sleep(time.Millisecond)
	}
	rig.wantResults(middleware.Unreadable)
	if strings.Contains(rig.logged(), "127.0.0.1") {
		t.Errorf("the log shows an address:\n%s", rig.logged())
	}
}

// TestCaptureLogsNoAddress: net's errors contain addresses, and the log must not.
func TestCaptureLogsNoAddress(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.NewTextHandler(&lockedWriter{mu: &mu, w: &log}, nil))})
	addr := serve(t, ep.Capture(0, &middleware.CaptureOptions{Timeout: 50 * time.Millisecond})(echo(t)))
	if resp, _, _ := raw(t, addr, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc"); resp.StatusCode != 408 {
		t.Errorf("status %d, want 408", resp.StatusCode)
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(log.String(), "timeout") || strings.Contains(log.String(), "127.0.0.1") {
		t.Errorf("the log should tell the time-out and no address:\n%s", log.String())
	}
}

// TestCaptureLogsNoBody: errors of chunked encoding may quote the body, and the
// log must not.
func TestCaptureLogsNoBody(t *testing.T) {
	var mu sync.Mutex
	var log bytes.Buffer
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.NewTextHandler(&lockedWriter{mu: &mu, w: &log}, nil))})
	addr := serve(t, ep.Capture(0, nil)(echo(t)))
	for _, body := range []string{"0\r\n4242 4242\r\n\r\n", "4242 4242\r\n\r\n"} {
		resp, _, _ := raw(t, addr, "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"+body)
		if resp.StatusCode != 400 {
			t.Errorf("status %d, want 400", resp.StatusCode)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(log.String(), "unreadable") || strings.Contains(log.String(), "4242") {
		t.Errorf("the log should tell that it was unreadable, and not what it was:\n%s", log.String())
	}
}

// TestCaptureUnlimited: the largest limit does not overflow.
func TestCaptureUnlimited(t *testing.T) {
	addr := serve(t, newEndpoint().Capture(math.MaxInt64, nil)(echo(t)))
	for _, length := range []string{"Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"} {
		if _, body, _ := raw(t, addr, "POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"+length); body != "3 " {
			t.Errorf("the handler saw %q, want 3 bytes", body)
		}
	}
}

// TestCaptureConsumedChunks: Capture can't tell that a chunked body was read
// before, but when the signature does not match an empty body, the log says so.
func TestCaptureConsumedChunks(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }, middleware.OnceOptions{})
	inner := rig.h
	rig.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		inner.ServeHTTP(w, r)
	})
	url := rig.socket()
	req := rig.request(url, created())
	req.ContentLength = -1
	do(rig.client, req).want(t, 403, "Invalid signature")
	if !strings.Contains(rig.logged(), "the body was empty") {
		t.Errorf("the log does not tell that the body was empty:\n%s", rig.logged())
	}
}

func TestCapturePanics(t *testing.T) {
	for name, f := range map[string]func(){
		"limit":   func() { newEndpoint().Capture(-1, nil) },
		"timeout": func() { newEndpoint().Capture(0, &middleware.CaptureOptions{Timeout: -1}) },
	} {
		mustPanic(t, name, f)
	}
}

func mustPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: did not panic", name)
		}
	}()
	f()
}

// Small bodies lie side by side in memory: none may reach into the next.
func TestCaptureSmallBodiesApart(t *testing.T) {
	var first []byte
	h := newEndpoint().Capture(0, nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		if first == nil {
			first = d.Body
			return
		}
		_ = append(first, "overwritten"...)
		if string(d.Body) != "second" || string(first) != "first" {
			t.Errorf("bodies %q and %q", first, d.Body)
		}
	}))
	for _, body := range []string{"first", "second"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	}
}
