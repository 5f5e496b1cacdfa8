package hooktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// app is the program under test: a receiver, mounted as in production.
func app(v verify.Verifier) http.Handler {
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	mux := http.NewServeMux()
	mux.Handle("/webhooks/linktree", hook.Receiver(v, lru.New(nil), handler, nil))
	return mux
}

// A whole unit test of a receiver: what it must take and what it must refuse.
func Example() {
	t := exampleT{} // stands for the test's *testing.T
	const path = "/webhooks/linktree"

	scheme, _ := provider.Linktree("the receiver's secret")
	wrong, _ := provider.Linktree("another secret")
	event := hooktest.NewEvent("link.created", map[string]any{"link_id": "l1", "title": "My shop"})

	for _, tt := range []struct {
		name    string
		request *http.Request
		want    int
	}{
		{"genuine", hooktest.NewRequest(t, path, scheme, event), 200},
		{"forged", hooktest.NewRequest(t, path, wrong, event), 403},
		{"tampered", hooktest.Tampered(t, path, scheme, event), 403},
		{"stale", hooktest.Stale(t, path, scheme, event), 403},
		{"unsigned", hooktest.Unsigned(t, path, scheme, event), 401},
		{"oversized", hooktest.Oversized(t, path, scheme, event, 1<<20), 413},
	} {
		w := httptest.NewRecorder()
		app(scheme).ServeHTTP(w, tt.request)
		if w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, w.Code, tt.want)
		}
		fmt.Println(tt.name, w.Code)
	}
	// Output:
	// genuine 200
	// forged 403
	// tampered 403
	// stale 403
	// unsigned 401
	// oversized 413
}

// A handler is tested on its own: no HTTP, no secret.
func ExampleNewDelivery() {
	onLinkCreated := func(_ context.Context, d *hooklatch.Delivery) error {
		var body struct {
			Data struct {
				Title string `json:"title"`
			} `json:"data"`
		}
		if err := json.Unmarshal(d.Body, &body); err != nil {
			return err
		}
		fmt.Println(d.Type, body.Data.Title)
		return nil
	}

	event := hooktest.NewEvent("link.created", map[string]any{"title": "My shop"})
	err := onLinkCreated(context.Background(), hooktest.NewDelivery(event))
	fmt.Println(err)
	// Output:
	// link.created My shop
	// <nil>
}

// An event whose body has another form, signed as its provider signs.
func ExampleNewRequest() {
	t := exampleT{} // stands for the test's *testing.T

	scheme, _ := provider.GitHub("It's a Secret to Everybody")
	r := hooktest.NewRequest(t, "/", scheme, hooktest.Event{
		ID:   "72d3162e-cc78-11e3-81ab-4c9367dc0958",
		Type: "push",
		Body: []byte("Hello, World!"),
	})
	fmt.Println(r.Header.Get("X-GitHub-Event"), r.Header.Get("X-Hub-Signature-256"))
	// Output:
	// push sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17
}

// A provider tries again until the receiver takes the event. A sender without
// Retries keeps to Linktree's schedule: run such a test in a bubble of
// testing/synctest, where the minutes in between take no time.
func ExampleSender() {
	t := exampleT{} // stands for the test's *testing.T
	defer t.finish()

	failures := 2
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if failures > 0 {
			failures--
			http.Error(w, "the database is away", http.StatusInternalServerError)
		}
	})

	scheme, _ := provider.Linktree("secret")
	server := hooktest.NewServer(t, handler)
	provider := &hooktest.Sender{
		URL:     server.URL + "/webhooks/linktree",
		Signer:  scheme,
		Client:  server.Client(),
		Retries: []time.Duration{time.Millisecond, time.Millisecond},
	}
	for _, attempt := range provider.Send(context.Background(), hooktest.NewEvent("link.created", nil)) {
		fmt.Println(attempt.Status)
	}
	// Output:
	// 500
	// 500
	// 200
}

// The store completes the claim, but its answer is lost, twice.
func ExampleNewStore() {
	store, faults := hooktest.NewStore(&plain{}) // around the store that the program uses
	faults.Set(hooktest.Fault{Err: errors.New("connection reset"), After: true, Times: 2}, hooktest.Complete)

	key := idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: "d1"})
	for range 3 {
		fmt.Println(store.Complete(context.Background(), key, 1, time.Hour))
	}
	fmt.Println(faults.Calls(hooktest.Complete), "calls")
	// Output:
	// connection reset
	// connection reset
	// <nil>
	// 3 calls
}

// An exampleT is as much of a *testing.T as the examples need.
type exampleT struct{ testing.TB }

var cleanups []func()

func (exampleT) Helper() {}

func (exampleT) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func (exampleT) Output() io.Writer { return os.Stderr }

func (exampleT) Cleanup(f func()) { cleanups = append(cleanups, f) }

func (exampleT) finish() {
	for _, f := range cleanups {
		f()
	}
	cleanups = nil
}
