package bridge_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// get returns what a client sees of an answer.
func get(t *testing.T, srv *httptest.Server) (status int, body string, err error) {
	t.Helper()
	resp, err := srv.Client().Get(srv.URL)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// servers are those that a withheld answer goes through.
var servers = map[string]func(http.Handler) *httptest.Server{
	"HTTP/1": httptest.NewServer,
	"HTTP/2": func(h http.Handler) *httptest.Server {
		srv := httptest.NewUnstartedServer(h)
		srv.EnableHTTP2 = true
		srv.StartTLS()
		return srv
	},
	"no deadlines": func(h http.Handler) *httptest.Server {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		}))
	},
}

// TestWithheld: an answer that nothing but the server gives, or that is written
// past the framework's writer, is no success.
func TestWithheld(t *testing.T) {
	for name, serve := range servers {
		for past, write := range map[string]func(http.ResponseWriter){
			"silence": func(http.ResponseWriter) {},
			"written": func(w http.ResponseWriter) { _, _ = io.WriteString(w, "fine") }, // the client tells
		} {
			t.Run(name+" "+past, func(t *testing.T) {
				srv := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					bridge.Withhold(w, r)
					write(w)
				}))
				defer srv.Close()
				status, body, err := get(t, srv)
				if err == nil {
					t.Errorf("a whole answer %d %q", status, body)
				}
				// Some senders look at the status alone.
				if name == "HTTP/1" && status != 0 {
					t.Errorf("the status %d is on the wire", status)
				}
			})
		}
	}
}

// TestAllowed: the framework's own answer passes, and leaves the connection as
// it was.
func TestAllowed(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			connections := make(map[string]bool)
			srv := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				connections[r.RemoteAddr] = true
				allow := bridge.Withhold(w, r)
				allow()
				http.Error(w, "mapped", http.StatusTeapot)
			}))
			defer srv.Close()
			for range 2 {
				status, body, err := get(t, srv)
				if status != http.StatusTeapot || body != "mapped\n" || err != nil {
					t.Errorf("answer %d %q, error %v", status, body, err)
				}
			}
			if len(connections) != 1 {
				t.Errorf("%d connections, want 1", len(connections))
			}
		})
	}
}

// TestAllowedKeepsWriteTimeout: the server's time-out holds for the answer that
// was allowed.
func TestAllowedKeepsWriteTimeout(t *testing.T) {
	ended := make(chan error, 1)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bridge.Withhold(w, r)()
		// More than any buffer holds, for a client that reads none of it.
		_, err := w.Write(make([]byte, 64<<20))
		ended <- err
	}))
	srv.Config.WriteTimeout = 100 * time.Millisecond
	srv.Start()
	defer srv.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReaderSize(conn, 16).ReadByte(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("the answer ended with %v, want a time-out", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the answer has no time-out")
	}
}

// TestWithholdLength: a length of the framework's own stays.
func TestWithholdLength(t *testing.T) {
	w := httptest.NewRecorder()
	allow := bridge.Withhold(w, httptest.NewRequest(http.MethodPost, "/", nil))
	w.Header().Set("Content-Length", "6")
	if allow(); w.Header().Get("Content-Length") != "6" {
		t.Errorf("header %v, want the length of the framework's answer", w.Header())
	}
}

// TestWithholdOutermost: around another bridge's layers, that one's framework
// has its say.
func TestWithholdOutermost(t *testing.T) {
	var header http.Header
	n := &request{next: func(w http.ResponseWriter, r *http.Request) error {
		bridge.Withhold(w, r.WithContext(context.WithoutCancel(r.Context())))
		header = w.Header().Clone()
		return nil
	}}
	if _, called, err := serve(n, pass); !called || err != nil {
		t.Fatalf("called %v, error %v", called, err)
	}
	if len(header) != 0 {
		t.Errorf("header %v, want none of the inner bridge's", header)
	}
}
