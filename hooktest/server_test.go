package hooktest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
)

func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // all of it: HTTP/1 is no duplex
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(body)
}

func TestServer(t *testing.T) {
	talk := func(t *testing.T) {
		var mu sync.Mutex
		addrs := map[string]bool{}
		srv := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			addrs[r.RemoteAddr] = true
			mu.Unlock()
			echo(w, r)
		}))
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				want := strings.Repeat("x", i*10_000)
				resp, err := srv.Client().Post(srv.URL+"/", "text/plain", strings.NewReader(want))
				if err != nil {
					t.Error(err)
					return
				}
				defer resp.Body.Close()
				if got, err := io.ReadAll(resp.Body); err != nil || string(got) != want {
					t.Errorf("%d bytes came back of %d, %v", len(got), len(want), err)
				}
			})
		}
		wg.Wait()
		for addr := range addrs {
			if _, _, err := net.SplitHostPort(addr); err != nil {
				t.Errorf("RemoteAddr: %v", err)
			}
		}
	}
	t.Run("in a bubble", func(t *testing.T) { synctest.Test(t, talk) })
	t.Run("outside", talk)
}

func TestServerKeepsConnectionsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := hooktest.NewServer(t, http.HandlerFunc(echo))
		dials := 0
		transport := srv.Client().Transport.(*http.Transport)
		dial := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			return dial(ctx, network, addr)
		}
		for range 5 {
			resp, err := srv.Client().Post(srv.URL, "text/plain", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			synctest.Wait()
		}
		if dials != 1 {
			t.Errorf("%d connections for 5 requests, want 1", dials)
		}
	})
}

// A bubble does not end before its goroutines: these tests hang if one stays.

func TestServerEndsWithRequestsInHand(t *testing.T) {
	var ended error
	synctest.Test(t, func(t *testing.T) {
		srv := hooktest.NewServer(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			time.Sleep(time.Minute) // and takes its time
			ended = r.Context().Err()
		}))
		go func() {
			if _, err := srv.Client().Get(srv.URL); err == nil {
				t.Error("an answer from a server that was closed")
			}
		}()
		synctest.Wait()
	})
	if !errors.Is(ended, context.Canceled) {
		t.Errorf("the handler had not returned at the end of the test, or saw %v", ended)
	}
}

func TestServerEndsUnderFire(t *testing.T) {
	for range 50 {
		t.Run("", func(t *testing.T) {
			served := make(chan struct{}, 1)
			srv := hooktest.NewServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				select {
				case served <- struct{}{}:
				default:
				}
			}))
			for range 10 {
				go func() {
					for {
						resp, err := srv.Client().Get(srv.URL)
						if err != nil {
							return
						}
						resp.Body.Close()
					}
				}()
			}
			for range 20 {
				<-served
			}
		})
	}
}

func TestServerLogsToTheTest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := &recorder{TB: t}
		srv := hooktest.NewServer(tb, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("whoops") }))
		if _, err := srv.Client().Get(srv.URL); err == nil {
			t.Error("an answer from a handler that panicked")
		}
		synctest.Wait()
		if !strings.Contains(tb.String(), "whoops") {
			t.Errorf("output: %q, want the panic in it", tb)
		}
	})
}

// A recorder is a testing.TB with its output kept.
type recorder struct {
	testing.TB
	strings.Builder
}

func (r *recorder) Output() io.Writer { return &r.Builder }
