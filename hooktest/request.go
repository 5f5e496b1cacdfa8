package hooktest

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

// NewRequest returns the event's request as a server gets it: a POST to the
// target, signed by s, for a handler's ServeHTTP. The target is a path or an
// absolute URL, as for [httptest.NewRequest].
//
// A second request of the same event is a duplicate; a request signed by a scheme
// with another secret is a forgery.
func NewRequest(t testing.TB, target string, s verify.Signer, ev Event) *http.Request {
	t.Helper()
	return newRequest(target, sign(t, s, ev), ev.Body)
}

// Tampered returns a request like [NewRequest]'s whose body was changed after
// it was signed: one bit of its last byte. The body must not be empty.
func Tampered(t testing.TB, target string, s verify.Signer, ev Event) *http.Request {
	t.Helper()
	if len(ev.Body) == 0 {
		t.Fatal("hooktest: Tampered: the event has no body to tamper with")
	}
	body := bytes.Clone(ev.Body)
	body[len(body)-1] ^= 1
	return newRequest(target, sign(t, s, ev), body)
}

// Stale returns a request like [NewRequest]'s that was validly signed an hour
// before the event's time, as an attacker may have recorded it. It fails the test
// if the scheme signs no time: such requests never get stale.
func Stale(t testing.TB, target string, s verify.Signer, ev Event) *http.Request {
	t.Helper()
	env := ev.envelope(now(s))
	ev.ID, ev.Time = env.ID, env.Time
	fresh := sign(t, s, ev)
	ev.Time = ev.Time.Add(-time.Hour)
	stale := sign(t, s, ev)
	if reflect.DeepEqual(fresh, stale) {
		t.Fatal("hooktest: Stale: the scheme signs no time: its requests don't get stale")
	}
	return newRequest(target, stale, ev.Body)
}

// Unsigned returns a request with the event's body, but without what s would add:
// signature, time and id.
func Unsigned(t testing.TB, target string, s verify.Signer, ev Event) *http.Request {
	t.Helper()
	return newRequest(target, http.Header{}, ev.Body)
}

// Oversized returns a request like [NewRequest]'s, validly signed, whose body
// is one byte longer than limit: it ends in spaces, which JSON allows.
func Oversized(t testing.TB, target string, s verify.Signer, ev Event, limit int) *http.Request {
	t.Helper()
	if pad := limit + 1 - len(ev.Body); pad > 0 {
		ev.Body = append(bytes.Clone(ev.Body), bytes.Repeat([]byte{' '}, pad)...)
	}
	return NewRequest(t, target, s, ev)
}

func newRequest(target string, h http.Header, body []byte) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	r.Header = h
	h.Set("Content-Type", contentType)
	return r
}

func sign(t testing.TB, s verify.Signer, ev Event) http.Header {
	t.Helper()
	h := http.Header{}
	if err := s.Sign(h, ev.envelope(now(s)), ev.Body); err != nil {
		t.Fatalf("hooktest: signing the event: %v", err)
	}
	return h
}
