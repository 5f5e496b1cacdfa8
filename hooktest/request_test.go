package hooktest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const secret = "bG9uZyBlbm91Z2ggZm9yIGV2ZXJ5IHNjaGVtZSBvZiB0aGVtIQ=="

var presets = map[string]func(...string) (*verify.Scheme, error){
	"linktree":          provider.Linktree,
	"standard-webhooks": provider.StandardWebhooks,
	"stripe":            provider.Stripe,
	"github":            provider.GitHub,
	"slack":             provider.Slack,
	"shopify":           provider.Shopify,
}

// timeless schemes sign no time.
var timeless = map[string]bool{"github": true, "shopify": true}

func scheme(t testing.TB, name string) *verify.Scheme {
	t.Helper()
	s, err := presets[name](secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// received verifies a request as a receiver does.
func received(t testing.TB, s *verify.Scheme, r *http.Request) (verify.Envelope, []byte, error) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	env, err := s.Verify(t.Context(), r.Header, body)
	return env, body, err
}

func TestNewRequest(t *testing.T) {
	for name := range presets {
		t.Run(name, func(t *testing.T) {
			s := scheme(t, name)
			ev := hooktest.Event{ID: "evt_1", Type: "link.created", Body: []byte(`{"id":"evt_1","event_id":"evt_1","type":"link.created"}`)}
			r := hooktest.NewRequest(t, "/webhooks/x?y=z", s, ev)
			if r.Method != http.MethodPost || r.URL.Path != "/webhooks/x" || r.URL.RawQuery != "y=z" ||
				r.Header.Get("Content-Type") != "application/json" || r.ContentLength != int64(len(ev.Body)) {
				t.Errorf("request: %s %s, %v, %d bytes", r.Method, r.URL, r.Header, r.ContentLength)
			}
			env, body, err := received(t, s, r)
			if err != nil || env.ID != "evt_1" || string(body) != string(ev.Body) {
				t.Errorf("received %+v, %s, %v", env, body, err)
			}
			if age := time.Since(env.Time); !timeless[name] && (age < 0 || age > time.Minute) {
				t.Errorf("signed %v ago, want now", age)
			}
		})
	}
}

func TestRequestsToRefuse(t *testing.T) {
	for name := range presets {
		t.Run(name, func(t *testing.T) {
			s := scheme(t, name)
			ev := hooktest.NewEvent("link.created", nil)
			for _, tt := range []struct {
				name string
				r    *http.Request
				want error
			}{
				{"tampered", hooktest.Tampered(t, "/", s, ev), verify.ErrMismatch},
				{"unsigned", hooktest.Unsigned(t, "/", s, ev), verify.ErrMissing},
			} {
				if _, _, err := received(t, s, tt.r); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
				}
			}
			if timeless[name] {
				return
			}
			if _, _, err := received(t, s, hooktest.Stale(t, "/", s, ev)); !errors.Is(err, verify.ErrExpired) {
				t.Errorf("stale: %v, want %v", err, verify.ErrExpired)
			}
			r := hooktest.Stale(t, "/", s, ev)
			s.Now = func() time.Time { return time.Now().Add(-time.Hour) }
			if _, _, err := received(t, s, r); err != nil {
				t.Errorf("an hour ago the stale request got %v, want it to be valid", err)
			}
		})
	}
}

func TestSchemeWithItsOwnClock(t *testing.T) {
	s := scheme(t, "linktree")
	s.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	ev := hooktest.NewEvent("link.created", nil)
	if env, _, err := received(t, s, hooktest.NewRequest(t, "/", s, ev)); err != nil || env.Time.Unix() != 1_700_000_000 {
		t.Errorf("%+v, %v, want it signed by the scheme's clock", env, err)
	}
	if _, _, err := received(t, s, hooktest.Stale(t, "/", s, ev)); !errors.Is(err, verify.ErrExpired) {
		t.Errorf("stale: %v, want %v", err, verify.ErrExpired)
	}
}

func TestTamperedLeavesTheEvent(t *testing.T) {
	s := scheme(t, "linktree")
	ev := hooktest.NewEvent("link.created", nil)
	before := string(ev.Body)
	_, body, _ := received(t, s, hooktest.Tampered(t, "/", s, ev))
	if string(ev.Body) != before || len(body) != len(before) || string(body) == before {
		t.Errorf("event's body %s was %s; sent %s", ev.Body, before, body)
	}
}

func TestOversized(t *testing.T) {
	s := scheme(t, "linktree")
	ev := hooktest.NewEvent("link.created", map[string]string{"title": "x"})
	for _, limit := range []int{len(ev.Body), len(ev.Body) + 1, 1 << 20} {
		_, body, err := received(t, s, hooktest.Oversized(t, "/", s, ev, limit))
		if err != nil || len(body) != limit+1 || !json.Valid(body) {
			t.Errorf("limit %d: %d bytes, valid JSON: %v, error %v", limit, len(body), json.Valid(body), err)
		}
	}
	if _, body, err := received(t, s, hooktest.Oversized(t, "/", s, ev, 5)); err != nil || string(body) != string(ev.Body) {
		t.Errorf("event larger than the limit: %s, %v, want it as it is", body, err)
	}
}

func TestSameEventIsADuplicate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		ev := hooktest.NewEvent("link.created", nil)
		first, _, err := received(t, s, hooktest.NewRequest(t, "/", s, ev))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		second, _, err := received(t, s, hooktest.NewRequest(t, "/", s, ev))
		if err != nil || second.ID != first.ID || second.Time.Sub(first.Time) != 10*time.Minute {
			t.Errorf("first %+v, second %+v, %v: want the same id, signed again", first, second, err)
		}
	})
}

func TestEventsDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scheme(t, "linktree")
		ids, seals := map[string]bool{}, map[[32]byte]bool{}
		for range 100 {
			env, _, err := received(t, s, hooktest.NewRequest(t, "/", s, hooktest.NewEvent("a", 1)))
			if err != nil {
				t.Fatal(err)
			}
			ids[env.ID], seals[env.ContentDigest] = true, true
		}
		if len(ids) != 100 || len(seals) != 100 {
			t.Errorf("100 events with equal data: %d ids, %d signatures", len(ids), len(seals))
		}
	})
}

func TestNewEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ev := hooktest.NewEvent("link.created", map[string]any{"link_id": "l1"})
		var got struct {
			Type      string
			Data      map[string]any
			Timestamp time.Time
		}
		if err := json.Unmarshal(ev.Body, &got); err != nil {
			t.Fatal(err)
		}
		if ev.Type != "link.created" || got.Type != ev.Type || !cmp.Equal(got.Data, map[string]any{"link_id": "l1"}) {
			t.Errorf("event %q with the body %s", ev.Type, ev.Body)
		}
		if d := time.Until(got.Timestamp); d < 0 || d > time.Second {
			t.Errorf("timestamp is %v from now", d)
		}
	})
	defer func() {
		if p, _ := recover().(string); !strings.HasPrefix(p, "hooktest: NewEvent:") {
			t.Errorf("data that is no JSON: panic %q", p)
		}
	}()
	hooktest.NewEvent("x", func() {})
}

func TestNewDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		ev := hooktest.Event{ID: "d1", Type: "link.created", Time: now.Add(-time.Second), Body: []byte("x")}
		want := &hooklatch.Delivery{
			Envelope: verify.Envelope{ID: "d1", Type: "link.created", Time: now.Add(-time.Second)},
			Header:   http.Header{"Content-Type": {"application/json"}},
			Body:     []byte("x"),
			Received: now,
		}
		if diff := cmp.Diff(want, hooktest.NewDelivery(ev)); diff != "" {
			t.Error(diff)
		}
		d := hooktest.NewDelivery(hooktest.Event{})
		if d.ID == "" || !d.Time.Equal(now) {
			t.Errorf("delivery of a zero event: %+v, want it filled", d.Envelope)
		}
	})
}

// A fatal is a testing.TB that notes the failure.
type fatal struct {
	testing.TB
	failed bool
}

func (f *fatal) Helper() {}

func (f *fatal) Fatal(...any) { f.fail() }

func (f *fatal) Fatalf(string, ...any) { f.fail() }

func (f *fatal) fail() {
	f.failed = true
	panic(f)
}

func TestMisuseFailsTheTest(t *testing.T) {
	public, err := provider.StandardWebhooks("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=")
	if err != nil {
		t.Fatal(err)
	}
	ev := hooktest.NewEvent("x", nil)
	for name, f := range map[string]func(t testing.TB){
		"stale without a time":  func(t testing.TB) { hooktest.Stale(t, "/", scheme(t, "github"), ev) },
		"nothing to tamper":     func(t testing.TB) { hooktest.Tampered(t, "/", scheme(t, "linktree"), hooktest.Event{}) },
		"signed by public keys": func(t testing.TB) { hooktest.NewRequest(t, "/", public, ev) },
	} {
		t.Run(name, func(t *testing.T) {
			tb := &fatal{TB: t}
			func() {
				defer func() { _ = recover() }()
				f(tb)
			}()
			if !tb.failed {
				t.Error("the test went on")
			}
		})
	}
}
