package hooktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestProviderRequest: through all layers, every provider's request takes effect
// once: its duplicate is one, another event of it is not.
func TestProviderRequest(t *testing.T) {
	for _, p := range provider.All() {
		t.Run(p.Spec.Name, func(t *testing.T) {
			s, err := p.New("https://hooks.example.com", signingSecret(p))
			if err != nil {
				t.Fatal(err)
			}
			effects := 0
			o := &middleware.ReceiverOptions{Once: &middleware.OnceOptions{}}
			if p.Spec.Name == "dropbox" { // which names no id
				o.Once.ID = func(d *hooklatch.Delivery) string { return fmt.Sprintf("%x", d.Body[:min(len(d.Body), 40)]) }
			}
			h := middleware.NewEndpoint("test", nil).Receiver(s, lru.New(nil),
				http.HandlerFunc(func(http.ResponseWriter, *http.Request) { effects++ }), o)
			post := func(ev hooktest.Event) int {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, hooktest.ProviderRequest(t, "/hook?a=b", s, ev))
				return w.Code
			}
			one, two := hooktest.ProviderEvent(p, "a.b"), hooktest.ProviderEvent(p, "a.b")
			for _, ev := range []hooktest.Event{one, one, two, two} {
				if code := post(ev); code != http.StatusOK {
					t.Fatalf("status %d for %s", code, ev.Body)
				}
			}
			if effects != 2 {
				t.Errorf("%d effects of two events, each delivered twice", effects)
			}
			other, err := p.New("https://hooks.example.com", otherSecret(p))
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, hooktest.ProviderRequest(t, "/hook?a=b", other, hooktest.ProviderEvent(p, "a.b"))); w.Code != http.StatusForbidden || effects != 2 {
				t.Errorf("a forgery: status %d, %d effects", w.Code, effects)
			}
		})
	}
}

// signingSecret returns a secret of the form that the provider shows, or a private
// key.
func signingSecret(p provider.Info) string {
	switch p.Spec.Name {
	case "discord":
		return "private:2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a"
	case "telnyx":
		return "private:KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio="
	case "sendgrid":
		return p256Key(1)
	}
	if p.Spec.SecretFormat == verify.SecretHex {
		return "2a2a2a2a"
	}
	return secret
}

// otherSecret is another of that form.
func otherSecret(p provider.Info) string {
	if p.Spec.Name == "sendgrid" {
		return p256Key(2)
	}
	b := []byte(signingSecret(p))
	b[len(b)-6] ^= 3
	return string(b)
}

// TestProviderEvent: the bodies of JSON senders are JSON, and no two are equal.
func TestProviderEvent(t *testing.T) {
	for _, p := range provider.All() {
		one, two := hooktest.ProviderEvent(p, "a.b"), hooktest.ProviderEvent(p, "a.b")
		if bytes.Equal(one.Body, two.Body) || one.ID == two.ID || one.Type != "a.b" {
			t.Errorf("%s: %q, %q", p.Name, one.Body, two.Body)
		}
		if json.Valid(one.Body) == p.Form {
			t.Errorf("%s: Form is %v, but the body %s", p.Name, p.Form, one.Body)
		}
	}
}

func ExampleProviderRequest() {
	t := new(testing.T) // in a test, its own
	info, _ := provider.Lookup("gitlab")
	scheme, err := info.New("", "the token")
	if err != nil {
		fmt.Println(err)
		return
	}
	r := hooktest.ProviderRequest(t, "/webhooks/gitlab", scheme, hooktest.ProviderEvent(info, "Push Hook"))
	body, _ := io.ReadAll(r.Body) // of memory, which doesn't fail
	fmt.Println(r.Method, r.URL, r.Header.Get("X-Gitlab-Token"), r.Header.Get("X-Gitlab-Event"))

	env, err := scheme.Verify(context.Background(), r.Header, body)
	fmt.Println(env.Type, env.Time.Equal(time.Time{}), err)
	// Output:
	// POST /webhooks/gitlab the token Push Hook
	// Push Hook true <nil>
}
