package handshake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

type layers = []func(http.Handler) http.Handler

// A rig is an endpoint with handshakes, and what a test wants to know of it.
type rig struct {
	ep  *middleware.Endpoint
	h   http.Handler
	log bytes.Buffer

	mu       sync.Mutex
	outcomes []middleware.Outcome
	handled  []string // the bodies that got to the handler
}

// newRig puts the layers that places makes around a handler that answers 200.
func newRig(t *testing.T, v verify.Verifier, places func(*middleware.Endpoint) *middleware.ReceiverOptions) *rig {
	t.Helper()
	r := new(rig)
	r.ep = middleware.NewEndpoint("test", &middleware.EndpointOptions{
		Logger: slog.New(slog.NewTextHandler(&r.log, nil)),
		Observe: func(_ context.Context, out middleware.Outcome) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.outcomes = append(r.outcomes, out)
		},
	})
	o := places(r.ep)
	o.Once = &middleware.OnceOptions{ID: func(d *hooklatch.Delivery) string { return fmt.Sprintf("%x", sha256.Sum256(d.Body)) }}
	r.h = r.ep.Receiver(v, lru.New(nil), http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		d, _ := hooklatch.FromContext(req.Context())
		r.handled = append(r.handled, string(d.Body))
	}), o)
	return r
}

// before and after make a rig with layers in one place.
func before(t *testing.T, v verify.Verifier, make func(*middleware.Endpoint) func(http.Handler) http.Handler) *rig {
	t.Helper()
	return newRig(t, v, func(e *middleware.Endpoint) *middleware.ReceiverOptions {
		return &middleware.ReceiverOptions{BeforeAccept: layers{make(e)}}
	})
}

func after(t *testing.T, v verify.Verifier, make func(*middleware.Endpoint) func(http.Handler) http.Handler) *rig {
	t.Helper()
	return newRig(t, v, func(e *middleware.Endpoint) *middleware.ReceiverOptions {
		return &middleware.ReceiverOptions{AfterVerify: layers{make(e)}}
	})
}

// want is what a request must come to.
type want struct {
	status int
	body   string
	result middleware.Result
	err    error // which Outcome.Err wraps; nil: none
}

// check serves a request and compares.
func (r *rig) check(t *testing.T, name string, req *http.Request, want want) http.Header {
	t.Helper()
	r.outcomes = nil
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, req)
	if w.Code != want.status || w.Body.String() != want.body {
		t.Errorf("%s: answer %d %q, want %d %q", name, w.Code, w.Body, want.status, want.body)
	}
	if len(r.outcomes) != 1 {
		t.Errorf("%s: outcomes %+v, want one", name, r.outcomes)
		return w.Header()
	}
	out := r.outcomes[0]
	if out.Result != want.result || !errors.Is(out.Err, want.err) || out.Endpoint != "test" {
		t.Errorf("%s: outcome %q with error %v, want %q with %v", name, out.Result, out.Err, want.result, want.err)
	}
	h := w.Header()
	if strings.HasPrefix(string(out.Result), "handshake") && w.Body.Len() > 0 && w.Code < 500 && w.Code != 405 {
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a browser or a cache may take the answer for more: %v", name, h)
		}
		kind := "text/plain; charset=utf-8"
		if strings.HasPrefix(w.Body.String(), "{") {
			kind = "application/json"
		}
		if h.Get("Content-Type") != kind {
			t.Errorf("%s: Content-Type %q, want %q", name, h.Get("Content-Type"), kind)
		}
	}
	return h
}

func get(query string) *http.Request { return httptest.NewRequest(http.MethodGet, "/hook?"+query, nil) }

func post(body string, header ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// hmacScheme is any scheme that signs the body.
func hmacScheme(t *testing.T) *verify.Scheme {
	t.Helper()
	return newScheme(t, verify.Spec{Name: "any", Headers: verify.Headers{Signature: "X-Sig"}}, "a secret")
}

func newScheme(t *testing.T, spec verify.Spec, secrets ...string) *verify.Scheme {
	t.Helper()
	s, err := verify.New(spec, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signed signs a request.
func signed(t *testing.T, s *verify.Scheme, r *http.Request, body string) *http.Request {
	t.Helper()
	if err := s.Sign(r.Header, verify.Envelope{Time: time.Now()}, []byte(body)); err != nil {
		t.Fatal(err)
	}
	return r
}

// A trusting verifier takes every POST with the header X-Genuine: it stands for
// verifiers that are not made of a Spec.
type trusting string

func (v trusting) Verify(_ context.Context, h http.Header, _ []byte) (verify.Envelope, error) {
	if h.Get("X-Genuine") == "" {
		return verify.Envelope{}, &verify.Error{Scheme: string(v), Err: verify.ErrMismatch}
	}
	return verify.Envelope{Provider: string(v), ID: "id"}, nil
}

func mustPanic(t *testing.T, name string, f func()) {
	t.Helper()
	defer func() {
		if v := recover(); v == nil || strings.Contains(fmt.Sprint(v), "s3cret") {
			t.Errorf("%s: panic %v, want one without a secret", name, v)
		}
	}()
	f()
}

// Answers of the layers around.
const (
	received   = `{"received":true}`
	notAllowed = "Method not allowed"
	forbidden  = "Forbidden"
	badRequest = "Bad request"
	invalid    = "Invalid signature"
	missing    = "Missing signature"
	oops       = "Internal server error"
)

// checkSecret looks for secrets in what the rig's requests have left behind.
func (r *rig) checkSecret(t *testing.T, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(r.log.String(), s) {
			t.Errorf("the log has %q", s)
		}
	}
	if len(r.handled) > 1 || len(r.handled) == 1 && !strings.Contains(r.handled[0], "events") {
		t.Errorf("the handler got %q", r.handled)
	}
}

func newStore() idempotency.Store { return lru.New(nil) }
