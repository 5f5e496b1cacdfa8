package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/middleware"
)

// TestHTTP2: a connection is shared by many, strangers among them where a proxy
// is in front. What is refused must be answered at once and must not close it.
func TestHTTP2(t *testing.T) {
	rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{})
	srv := httptest.NewUnstartedServer(rig.h)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	client := srv.Client()
	connections := 0
	genuine := func() {
		t.Helper()
		req := rig.request(srv.URL, created())
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) {
				if !c.Reused {
					connections++
				}
			},
		}))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
			t.Errorf("status %d over HTTP/%d, want 200 over HTTP/2", resp.StatusCode, resp.ProtoMajor)
		}
	}
	genuine()
	for range 5 {
		body, in := io.Pipe() // never comes to its end
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		do(client, req).want(t, 401, "Missing signature")
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the stranger was answered after %v", took)
		}
		in.Close()
		genuine()
	}
	if connections != 1 {
		t.Errorf("%d connections were needed, want 1: strangers have closed it", connections)
	}
}
