package middleware_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestOnceChecksItsOptions(t *testing.T) {
	store, ep := lru.New(nil), newEndpoint()
	mustPanic(t, "nil store", func() { ep.Once(nil, nil) })
	mustPanic(t, "short retention", func() { ep.Once(store, &middleware.OnceOptions{Retain: 29 * time.Minute}) })
	mustPanic(t, "negative", func() { ep.Once(store, &middleware.OnceOptions{Lease: -1}) })
	mustPanic(t, "short lease", func() { ep.Once(store, &middleware.OnceOptions{Lease: time.Millisecond}) })
	mustPanic(t, "lease below the store's time", func() {
		ep.Once(store, &middleware.OnceOptions{Lease: 2 * time.Second, StoreTimeout: 2 * time.Second})
	})
	ep.Once(store, &middleware.OnceOptions{Retain: 30 * time.Minute})
}

func TestOnceID(t *testing.T) {
	for _, tt := range []struct {
		id     string
		status int
	}{
		{"", 400},
		{"a", 200},
		{"with space", 200},
		{strings.Repeat("a", 255), 200},
		{strings.Repeat("a", 256), 400},
		{"tab\t", 400},
		{"é", 400},
	} {
		rig := newRig(t, func(http.ResponseWriter, *http.Request) {}, middleware.OnceOptions{
			ID: func(*hooklatch.Delivery) string { return tt.id },
		})
		if a := rig.send(rig.socket(), created()); a.status != tt.status {
			t.Errorf("id %q: status %d, want %d", tt.id, a.status, tt.status)
		}
	}
}

// TestBadIDCauses: the error names the cause and quotes no id. An unusable id is not
// blamed on a provider that sends none.
func TestBadIDCauses(t *testing.T) {
	const unset = "set OnceOptions.ID"
	for _, tt := range []struct {
		name   string
		id     string
		custom bool // from OnceOptions.ID
		log    string
		not    []string
	}{
		{"none", "", false, unset, nil},
		{"none of its own", "", true, "OnceOptions.ID returned none", []string{unset}},
		{"too long", strings.Repeat("x", 300), false, "300 bytes", []string{unset, strings.Repeat("x", 256)}},
		{"too long of its own", strings.Repeat("x", 300), true, "300 bytes", []string{unset, strings.Repeat("x", 256)}},
		{"not ASCII", "käse 1", false, "not printable ASCII", []string{unset}},
		{"control", "a\x00b", true, "not printable ASCII", []string{unset}},
	} {
		rig := newRig(t, nil, middleware.OnceOptions{})
		v := verifierFunc(func() (verify.Envelope, error) {
			env := verify.Envelope{Provider: "linktree", ID: tt.id}
			if tt.custom {
				env.ID = "of the provider"
			}
			return env, nil
		})
		var o middleware.OnceOptions
		if tt.custom {
			o.ID = func(*hooklatch.Delivery) string { return tt.id }
		}
		h := middleware.Chain(rig.ep.Capture(0, nil), rig.ep.Verify(v), rig.ep.Once(rig.store, &o))(http.NotFoundHandler())
		serveDirectly(h, rig.request("/", created())).want(t, 400, "Bad delivery id")
		rig.wantResults(middleware.BadID)
		why := rig.last().Err.Error()
		if !strings.Contains(why, tt.log) {
			t.Errorf("%s: the error is %q, want %q", tt.name, why, tt.log)
		}
		for _, not := range tt.not {
			if strings.Contains(why, not) {
				t.Errorf("%s: the error %q has %q", tt.name, why, not)
			}
		}
		if len(rig.logged()) > 800 {
			t.Errorf("%s: %d bytes of log", tt.name, len(rig.logged()))
		}
	}
}

// An idExplainer is a verifier that can say why it finds no id.
type idExplainer struct{ verifierFunc }

var errNoObject = errors.New("the body is no JSON object")

func (idExplainer) ExplainID(_ http.Header, body []byte) error {
	if string(body) == "{}" {
		return nil // there is just none
	}
	return errNoObject
}

// TestBadIDExplained: the error is the verifier's, if it knows why there is no id.
// Otherwise it says what to do.
func TestBadIDExplained(t *testing.T) {
	rig := newRig(t, nil, middleware.OnceOptions{})
	v := idExplainer{func() (verify.Envelope, error) { return verify.Envelope{Provider: "stripe"}, nil }}
	h := rig.ep.Receiver(v, rig.store, http.NotFoundHandler(), nil)
	for body, cause := range map[string]error{"[]": errNoObject, "{}": nil} {
		serveDirectly(h, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))).want(t, 400, "Bad delivery id")
		err := rig.last().Err
		if got := strings.Contains(err.Error(), "set OnceOptions.ID"); got != (cause == nil) || cause != nil && !errors.Is(err, cause) {
			t.Errorf("body %s: the error is %v", body, err)
		}
	}
}

// TestBadIDOfBody: where the id is in the body, the error says what is wrong with
// the body, and quotes nothing.
func TestBadIDOfBody(t *testing.T) {
	stripe, err := provider.Stripe("whsec_test")
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"a BOM":              "\ufeff" + `{"id":"evt_1"}`,
		"a Latin-1 byte":     "{\"id\":\"evt_1\",\"name\":\"k\xe4se\"}",
		"two that differ":    `{"ID":"evt_1","id":"evt_2"}`,
		"two that are equal": `{"id":"evt_1","id":"evt_1"}`,
		"no object":          `["evt_1"]`,
		"no whole number":    `{"id":1.5}`,
	} {
		rig := newRig(t, nil, middleware.OnceOptions{})
		h := rig.ep.Receiver(stripe, rig.store, http.NotFoundHandler(), nil)
		serveDirectly(h, hooktest.NewRequest(t, "/", stripe, hooktest.Event{Body: []byte(body)})).want(t, 400, "Bad delivery id")
		if why := rig.last().Err.Error(); strings.Contains(why, "OnceOptions.ID") || strings.Contains(why, "evt_") {
			t.Errorf("%s: the error is %q", name, why)
		}
	}
}
