package linktreetest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, _, rc := subscribed(t)
		for _, tt := range []struct {
			name     string
			failures int
			want     []time.Duration
		}{
			{"none", 0, []time.Duration{0}},
			{"two", 2, []time.Duration{0, 10, 40}},
			{"five", 5, []time.Duration{0, 10, 40, 130, 400, 1210}},
			{"all", 6, []time.Duration{0, 10, 40, 130, 400, 1210}},
		} {
			rc.failNext(tt.failures)
			before, start := len(rc.got()), time.Now()
			ada.Emit(linktree.LinkCreated, nil)
			if err := fake.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
			var at []time.Duration
			arrivals := rc.got()[before:]
			for _, a := range arrivals {
				at = append(at, a.Time.Sub(start)/time.Second)
				if a.ID != arrivals[0].ID || a.Body != arrivals[0].Body {
					t.Errorf("%s: id %s and body %s differ from the first's", tt.name, a.ID, a.Body)
				}
				if i := len(at) - 1; i > 0 && a.Header.Get("X-Linktree-Timestamp") == arrivals[0].Header.Get("X-Linktree-Timestamp") {
					t.Errorf("%s: attempt %d is signed at the first one's time", tt.name, i)
				}
			}
			diff(t, tt.name, tt.want, at)
		}
	})
}

func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		srv := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice when the sender goes
			switch calls++; calls {
			case 1: // HEAD
			case 2:
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			case 3:
				panic(http.ErrAbortHandler)
			case 4:
				<-r.Context().Done()
			case 5:
				w.Header().Set("Content-Length", "100")
				_, _ = io.WriteString(w, "not all")
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			default:
				w.WriteHeader(http.StatusAccepted)
			}
		}))
		fake, ada, c := openBubble(t, &linktreetest.Options{Transport: srv.Client().Transport})
		c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL, "link.created")))
		start := time.Now()
		ada.Emit(linktree.LinkCreated, nil)
		if err := fake.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := fake.Attempts()
		id := got[0].DeliveryID
		at := func(number int, seconds time.Duration, status int, err error) linktreetest.Attempt {
			return linktreetest.Attempt{DeliveryID: id, WebhookID: "wh_1", Type: "link.created", Number: number, Time: start.Add(seconds * time.Second), Status: status, Err: err}
		}
		want := []linktreetest.Attempt{
			at(1, 0, 307, nil),
			at(2, 10, 0, cmpopts.AnyError),
			at(3, 40, 0, context.DeadlineExceeded),
			at(4, 40+10+90, 200, io.ErrUnexpectedEOF), // the third took 10 s
			at(5, 140+270, 202, nil),
		}
		if d := cmp.Diff(want, got, cmpopts.EquateErrors()); d != "" || id == "" {
			t.Errorf("attempts (-want +got):\n%s", d)
		}
		for i, a := range got {
			if a.OK() != (i == 4) {
				t.Errorf("attempt %d: OK is %v", i+1, a.OK())
			}
		}
	})
}

// TestOverload: what is too much is dropped, and is said to be.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, &linktreetest.Options{
			SkipReachability: true,
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				time.Sleep(time.Millisecond)
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			}),
		})
		c.wants(201, "", c.do("POST", "/webhooks", subscription("http://a.example", "link.created")))
		for range 10_001 {
			ada.Emit(linktree.LinkCreated, nil)
		}
		if all := fake.Attempts(); len(all) != 1 || !errors.Is(all[0].Err, linktreetest.ErrOverload) || all[0].OK() {
			t.Fatalf("attempts %+v, want one that was dropped", all)
		}
		start := time.Now()
		if err := fake.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		diff(t, "time, 64 at once", 157*time.Millisecond, time.Since(start))
		all := fake.Attempts()
		ids := map[string]bool{}
		for _, a := range all {
			ids[a.DeliveryID] = a.OK()
		}
		if len(all) != 10_000 || len(ids) != 10_000 || !all[0].OK() {
			t.Errorf("%d attempts are kept, of %d deliveries, the first %+v", len(all), len(ids), all[0])
		}
		ada.Emit(linktree.LinkCreated, nil)
		synctest.Wait()
		time.Sleep(time.Second)
		if a := fake.Attempts()[9_999]; !a.OK() || ids[a.DeliveryID] {
			t.Errorf("attempt %+v, want a new one, delivered", a)
		}
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, _, rc := subscribed(t)
		if err := fake.Wait(t.Context()); err != nil {
			t.Errorf("with nothing in hand: %v", err)
		}
		rc.set(503, 0)
		ada.Emit(linktree.LinkCreated, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := fake.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v, want that the time is over", err)
		}
		start := time.Now()
		if err := fake.Wait(t.Context()); err != nil || time.Since(start) != 1150*time.Second {
			t.Errorf("Wait: %v after %v, want 1150s", err, time.Since(start))
		}
	})
}

// TestClose: a bubble does not end before its goroutines.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := hooktest.NewServer(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}
		}))
		fake, ada, c := openBubble(t, &linktreetest.Options{Transport: srv.Client().Transport})
		c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL, "link.created")))
		for range 100 { // more than are sent at once
			ada.Emit(linktree.LinkCreated, nil)
		}
		time.Sleep(12 * time.Second)
		for range 100 {
			ada.Emit(linktree.LinkCreated, nil)
		}
		time.Sleep(time.Second) // some wait for their retry, some are on the wire, some wait for that
		start := time.Now()
		fake.Close()
		fake.Close()
		if time.Since(start) != 0 {
			t.Errorf("Close took %v", time.Since(start))
		}
		n := len(fake.Attempts())
		ada.Emit(linktree.LinkCreated, nil)
		if err := fake.Wait(t.Context()); err != nil || len(fake.Attempts()) != n {
			t.Errorf("Wait: %v; %d attempts after %d", err, len(fake.Attempts()), n)
		}
		diff(t, "active", true, ada.Webhooks()[0].Active)
		c.wants(200, "", c.do("GET", "/me", ""))
	})
}

func TestDeliveriesOverSockets(t *testing.T) {
	rc := &receiver{t: t}
	srv := httptest.NewServer(rc)
	defer srv.Close()
	fake, ada, c := open(t, &linktreetest.Options{Secret: "a secret"})
	diff(t, "secret", "a secret", fake.Secret())
	scheme, err := provider.Linktree("a secret")
	if err != nil {
		t.Fatal(err)
	}
	rc.scheme = scheme
	c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL+"/hook?x=1", linktree.LinkCreated)))
	for range 100 {
		ada.CreateLink("Shop", "https://shop.example")
	}
	if err := fake.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	diff(t, "arrivals", 100, len(rc.got()))
	if a := rc.got()[0]; !strings.HasPrefix(a.ID, "dlv_") || !strings.Contains(a.Body, `"title":"Shop"`) {
		t.Errorf("arrival %+v", a)
	}
}

func TestSecretsAreFresh(t *testing.T) {
	a, b := linktreetest.New(nil), linktreetest.New(nil)
	defer a.Close()
	defer b.Close()
	if a.Secret() == b.Secret() || len(a.Secret()) < 20 {
		t.Errorf("secrets %q and %q", a.Secret(), b.Secret())
	}
}
