package linktreetest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
)

func TestReset(t *testing.T) {
	fake, _, c := open(t, nil)
	remove := fake.Fault(linktreetest.Fault{Ending: linktreetest.Reset})
	_, err := c.try(c.request("POST", "/links", "{}"))
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want a connection reset", err)
	}
	remove()
	c.wants(200, "", c.do("GET", "/me", ""))
	diff(t, "status of the lost answer", 0, fake.Requests()[0].Status)
}

func TestCut(t *testing.T) {
	fake, _, c := open(t, nil)
	fake.Fault(linktreetest.Fault{Ending: linktreetest.Cut})
	rep, err := c.try(c.request("GET", "/me", ""))
	if rep.Status != 200 || rep.Body == "" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("answer %+v, %v, want a part of it", rep, err)
	}
	if _, err := c.try(c.request("DELETE", "/links/lnk_1", "")); err == nil {
		t.Error("the answer is whole")
	}
	fake.Fault(linktreetest.Fault{Ending: linktreetest.Cut, Status: 204})
	if _, err := c.try(c.request("POST", "/webhooks", "")); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want a connection reset where there is no body to cut", err)
	}
}

func TestDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, nil)
		fake.Fault(linktreetest.Fault{Ending: linktreetest.Drip})
		start := time.Now()
		resp, err := c.client.Do(c.request("GET", "/health", ""))
		if err != nil || time.Since(start) != 0 {
			t.Fatalf("%v after %v, want the header at once", err, time.Since(start))
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if want := time.Duration(len(body)-1) * time.Second; err != nil || string(body) != `{"status":"ok"}` || time.Since(start) != want {
			t.Errorf("%q, %v after %v, want it in %v", body, err, time.Since(start), want)
		}
	})
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, nil)
		fake.Fault(linktreetest.Fault{Latency: 7 * time.Second})
		start := time.Now()
		rep := c.do("GET", "/me", "")
		at, err := http.ParseTime(rep.Header.Get("Date"))
		if time.Since(start) != 7*time.Second || err != nil || !at.Equal(time.Now()) {
			t.Errorf("%v later, Date %v, %v; want 7s", time.Since(start), at, err)
		}
	})
}

func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, nil)
		remove := fake.Fault(linktreetest.Fault{Ending: linktreetest.Hang, Times: 1})
		answered := make(chan int)
		go func() { answered <- c.do("GET", "/me", "").Status }()
		time.Sleep(72 * time.Hour)
		select {
		case s := <-answered:
			t.Errorf("answered with %d", s)
		default:
		}
		c.wants(200, "", c.do("GET", "/me", ""))
		remove()
		diff(t, "once it is removed", 200, <-answered)
	})
}

// TestClientGivesUp: nothing goes on for a client that is gone.
func TestClientGivesUp(t *testing.T) {
	for name, f := range endless {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := linktreetest.New(nil)
				defer fake.Close()
				fake.Fault(f)
				ended := make(chan time.Time, 1)
				srv := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer func() { ended <- time.Now() }()
					fake.ServeHTTP(w, r)
				}))
				c := &caller{t, srv.Client(), srv.URL, fake.Creator("ada").Token()}
				ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
				defer cancel()
				start := time.Now()
				if _, err := c.try(c.request("POST", "/links", newLink).WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
				diff(t, "time", 2500*time.Millisecond, (<-ended).Sub(start))
			})
		})
	}
}

// endless are faults with which an answer takes longer than a test.
var endless = map[string]linktreetest.Fault{
	"hang": {Ending: linktreetest.Hang},
	"drip": {Ending: linktreetest.Drip},
	"slow": {Latency: time.Hour},
}

func TestEndingsOverHTTP2(t *testing.T) {
	fake := linktreetest.New(nil)
	srv := httptest.NewUnstartedServer(fake)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(func() {
		fake.Close()
		srv.Close()
	})
	c := &caller{t, srv.Client(), srv.URL, ""}
	for _, e := range []linktreetest.Ending{linktreetest.Reset, linktreetest.Cut} {
		fake.Fault(linktreetest.Fault{Ending: e, Times: 1})
		if rep, err := c.try(c.request("GET", "/health", "")); err == nil {
			t.Errorf("ending %d: %+v, want an error", e, rep)
		}
	}
	c.wants(200, "", c.do("GET", "/health", ""))
}

// TestCloseEndsWhatHangs: the server's own Close would wait for them.
func TestCloseEndsWhatHangs(t *testing.T) {
	for name, f := range endless {
		t.Run(name, func(t *testing.T) {
			fake, _, c := open(t, nil)
			fake.Fault(f)
			failed := make(chan error)
			go func() {
				_, err := c.try(c.request("GET", "/me", ""))
				failed <- err
			}()
			for len(fake.Requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			fake.Close()
			if err := <-failed; err == nil {
				t.Error("answered")
			}
		})
	}
}
