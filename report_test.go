package hooklatch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestDispositions(t *testing.T) {
	for d, want := range map[hooklatch.Disposition]string{
		0: "unreported", hooklatch.Handled: "handled", hooklatch.UnknownType: "unknown type",
		hooklatch.DeadLettered: "dead-lettered", hooklatch.Failed: "failed", hooklatch.Panicked: "panicked", 99: "unreported",
	} {
		if got := d.String(); got != want {
			t.Errorf("Disposition(%d) is %q, want %q", d, got, want)
		}
	}
}

// A notebook is a Reporter that notes what it is told.
type notebook struct{ said []string }

func (n *notebook) Report(d hooklatch.Disposition, err error) {
	n.said = append(n.said, fmt.Sprint(d, ": ", err))
}

func (n *notebook) DeadLetter(err error, hook func(context.Context) error) {
	n.said = append(n.said, fmt.Sprint("dead letter: ", err))
}

func TestReporter(t *testing.T) {
	ctx := t.Context()
	if hooklatch.ReporterFrom(ctx) != nil || hooklatch.Report(ctx, hooklatch.Failed, errors.New("no")) {
		t.Error("a report was taken where there is no layer")
	}
	n := new(notebook)
	ctx = hooklatch.WithReporter(ctx, n)
	if hooklatch.ReporterFrom(ctx) != hooklatch.Reporter(n) {
		t.Error("the context carries another reporter")
	}
	if !hooklatch.Report(ctx, hooklatch.Failed, errors.New("no")) || len(n.said) != 1 || n.said[0] != "failed: no" {
		t.Errorf("said %q", n.said)
	}
	inner := new(notebook)
	if !hooklatch.Report(hooklatch.WithReporter(ctx, inner), hooklatch.Handled, nil) || len(inner.said) != 1 || len(n.said) != 1 {
		t.Errorf("the inner reporter was told %q, the outer one %q", inner.said, n.said)
	}
}

// An adapter tells the layers that a framework's handler has returned an error,
// which the framework would turn into an answer later.
func ExampleReport() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		panic(err)
	}
	native := func() error { return errors.New("no luck") }
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{
		Logger:  slog.New(slog.DiscardHandler),
		Observe: func(_ context.Context, o middleware.Outcome) { fmt.Println(o.Result, "because of", o.Err) },
	})
	h := hook.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := native(); err != nil {
			hooklatch.Report(r.Context(), hooklatch.Failed, err)
		}
	}), nil)

	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
	if err := scheme.Sign(r.Header, verify.Envelope{ID: "evt-1", Time: time.Now()}, []byte("{}")); err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// failed because of no luck
	// 500
}

// A program that takes deliveries from a queue learns what its handlers made of
// each.
func ExampleWithReporter() {
	handler := func(ctx context.Context) { hooklatch.Report(ctx, hooklatch.UnknownType, nil) }

	n := new(notebook)
	handler(hooklatch.WithReporter(context.Background(), n))
	fmt.Println(n.said)
	// Output:
	// [unknown type: <nil>]
}
