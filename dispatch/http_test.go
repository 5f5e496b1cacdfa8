package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

func TestHandleHTTP(t *testing.T) {
	var m dispatch.Mux
	m.HandleHTTP("link.*", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, ok := hooklatch.FromContext(r.Context())
		if !ok || d.Type != "link.created" {
			t.Errorf("delivery %v, %v", d, ok)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != created {
			t.Errorf("body %q, %v", body, err)
		}
		if r.Method != http.MethodPost {
			t.Errorf("method %s", r.Method)
		}
		w.Header().Set("X-Own", "1")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "mine")
	}))
	res, body, _ := post(t, &m, delivery(created))
	if res.StatusCode != http.StatusAccepted || body != "mine" || res.Header.Get("X-Own") != "1" {
		t.Errorf("answer %d %q %v", res.StatusCode, body, res.Header)
	}
	if err := m.HandleDelivery(t.Context(), delivery(created)); err != nil {
		t.Errorf("HandleDelivery: %v", err)
	}
}

// The handler gets the very writer and request that came.
func TestHandleHTTPGetsWriterAndRequestAsTheyAre(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(created))
	r = r.WithContext(hooklatch.NewContext(r.Context(), delivery(created)))
	var m dispatch.Mux
	m.HandleHTTP("link.created", http.HandlerFunc(func(gw http.ResponseWriter, gr *http.Request) {
		if gw != http.ResponseWriter(w) || gr != r {
			t.Error("another writer or request")
		}
	}))
	m.ServeHTTP(w, r)
	if w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("the Mux wrote %q %v after the handler", w.Body, w.Header())
	}
}

func TestHandleHTTPPanicPropagates(t *testing.T) {
	var m dispatch.Mux
	m.HandleHTTP("link.created", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("as it is") }))
	defer func() {
		if v := recover(); v != "as it is" {
			t.Errorf("recovered %v", v)
		}
	}()
	post(t, &m, delivery(created))
	t.Error("returned")
}

func TestHandleHTTPWithoutHTTP(t *testing.T) {
	done, cancel := context.WithCancelCause(t.Context())
	lost := errors.New("claim lost")
	cancel(lost)
	writes := func(statuses ...int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for _, s := range statuses {
				w.WriteHeader(s)
			}
		}
	}
	tests := []struct {
		name string
		h    http.HandlerFunc
		ctx  context.Context
		want string // a part of the error; empty for none
	}{
		{"silence", writes(), t.Context(), ""},
		{"silence once ctx is done", writes(), done, "claim lost"},
		{"2xx once ctx is done", writes(204), done, ""},
		{"200", writes(200), t.Context(), ""},
		{"299", writes(299), t.Context(), ""},
		{"early hints", writes(103, 202), t.Context(), ""},
		{"early hints, then failure", writes(103, 502), t.Context(), "answered 502"},
		{"success after failure", writes(500, 200), t.Context(), "answered 500"},
		{"failure after success", writes(200, 500), t.Context(), "answered 500"},
		{"first failure after success", writes(200, 103, 204, 502, 500), t.Context(), "answered 502"},
		{"two successes", writes(200, 204), t.Context(), ""},
		{"switching protocols", writes(101, 200), t.Context(), "answered 101"},
		{"redirect", writes(302), t.Context(), "answered 302"},
		{"write", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "ok")
			w.WriteHeader(http.StatusTeapot)
		}, t.Context(), "answered 418"},
		{"http.Error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) }, t.Context(), "answered 503"},
		{"panic", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic("s3cret")
		}, t.Context(), "panicked"},
		{"abort", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic(http.ErrAbortHandler)
		}, t.Context(), "aborted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
			m.HandleHTTP("link.created", tt.h)
			err := m.HandleDelivery(tt.ctx, delivery(created))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestHandleHTTPCannotChangeTheHeader(t *testing.T) {
	var m dispatch.Mux
	m.HandleHTTP("link.created", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Test") != "yes" {
			t.Error("header is missing")
		}
		r.Header.Set("X-Test", "changed")
	}))
	d := delivery(created)
	if err := m.HandleDelivery(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if got := d.Header.Get("X-Test"); got != "yes" {
		t.Errorf("X-Test = %q", got)
	}
}

// A Mux can be the Fallback of another.
func TestNestedMux(t *testing.T) {
	inner := &dispatch.Mux{DataMember: "payload", Logger: slog.New(slog.DiscardHandler)}
	var got string
	inner.Handle("link.created", dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
		got = e.Data.ID
		return dispatch.Permanent(errPlain)
	}))
	dead := 0
	outer := &dispatch.Mux{Logger: inner.Logger, Fallback: inner, DeadLetter: func(context.Context, *hooklatch.Delivery, error) error {
		dead++
		return nil
	}}
	d := delivery(`{"type":"link.created","payload":{"link_id":"p"}}`)
	if err := outer.HandleDelivery(t.Context(), d); err != nil || got != "p" || dead != 1 {
		t.Errorf("%v, link_id %q, dead-lettered %d times", err, got, dead)
	}
}
