package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestInformational: 1xx answers are not the outcome, and don't wait for it.
func TestInformational(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
	}, middleware.OnceOptions{})
	url := rig.socket()
	var early []int
	req := rig.request(url, created())
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			early = append(early, code)
			return nil
		},
	}))
	do(rig.client, req).want(t, 202, "")
	if !slices.Equal(early, []int{103}) {
		t.Errorf("informational answers %v, want 103", early)
	}
}

// TestHeldInPieces: an answer written in pieces of all sizes is whole.
func TestHeldInPieces(t *testing.T) {
	pieces := []string{"a", "", "bc", strings.Repeat("d", 31), strings.Repeat("e", 40), "f"}
	for first := range pieces {
		want := strings.Join(pieces[first:], "")
		rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
			for i, p := range pieces[first:] {
				if i%2 == 0 {
					io.WriteString(w, p)
				} else {
					w.Write([]byte(p))
				}
			}
		}, middleware.OnceOptions{})
		w := httptest.NewRecorder()
		rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
		if w.Body.String() != want {
			t.Errorf("answer %q, want %q", w.Body, want)
		}
	}
}

// TestHeldIsBounded: an answer is held back, but not more of it than 64 KiB.
func TestHeldIsBounded(t *testing.T) {
	const kib = 1 << 10
	w := httptest.NewRecorder()
	rig := newRig(t, func(held http.ResponseWriter, _ *http.Request) {
		for n := range 100 {
			if sent := w.Body.Len(); n <= 64 && sent != 0 || n > 65 && sent < 65*kib {
				t.Errorf("%d KiB written, %d bytes sent", n, sent)
			}
			io.WriteString(held, strings.Repeat("x", kib))
		}
	}, middleware.OnceOptions{})
	rig.h.ServeHTTP(w, hooktest.NewRequest(t, "/", rig.scheme, created()))
	if w.Body.Len() != 100*kib {
		t.Errorf("%d bytes sent, want 100 KiB", w.Body.Len())
	}
}

// TestNoBodyAllowed: what net/http refuses is refused at once.
func TestNoBodyAllowed(t *testing.T) {
	rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		if _, err := w.Write([]byte("x")); err != http.ErrBodyNotAllowed {
			t.Errorf("error %v, want ErrBodyNotAllowed", err)
		}
	}, middleware.OnceOptions{})
	rig.send(rig.socket(), created()).want(t, 204, "")
}
