package wire_test

import (
	"math"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/internal/wire"
)

func TestAnswer(t *testing.T) {
	for body, contentType := range map[string]string{
		wire.Received: "application/json",
		wire.Oops:     "text/plain; charset=utf-8",
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Content-Encoding", "gzip")
		wire.Forget(w.Header())
		wire.Answer(w, 418, body)
		h := w.Header()
		if w.Code != 418 || w.Body.String() != body || h.Get("Content-Type") != contentType {
			t.Errorf("answer %d %q of type %q, want 418 %q of type %q", w.Code, w.Body, h.Get("Content-Type"), body, contentType)
		}
		if h.Get("Content-Length")+h.Get("Content-Encoding") != "" {
			t.Errorf("headers of another body are left: %v", h)
		}
	}
}

func TestLater(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		-time.Second:            "1",
		0:                       "1",
		time.Nanosecond:         "1",
		time.Second:             "1",
		time.Second + 1:         "2",
		time.Minute:             "60",
		math.MaxInt64:           "9223372037",
		1500 * time.Millisecond: "2",
	} {
		w := httptest.NewRecorder()
		wire.Later(w, wait)
		if got := w.Header().Get("Retry-After"); w.Code != 503 || got != want {
			t.Errorf("wait %v: status %d, Retry-After %q; want 503, %q", wait, w.Code, got, want)
		}
	}
}
