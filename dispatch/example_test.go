package dispatch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/verify"
)

type LinkCreated struct {
	LinkID string `json:"link_id"`
	Title  string `json:"title"`
}

func onLinkCreated(_ context.Context, e dispatch.Event[LinkCreated]) error {
	fmt.Printf("delivery %s: link %s, %q\n", e.ID, e.Data.LinkID, e.Data.Title)
	return nil
}

// send plays the layers in front of the Mux: it serves a verified delivery.
func send(h http.Handler, body string) {
	d := &hooklatch.Delivery{
		Envelope: verify.Envelope{Provider: "linktree", ID: "d-1"},
		Body:     []byte(body),
	}
	r := httptest.NewRequest(http.MethodPost, "/webhooks/linktree", nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(hooklatch.NewContext(r.Context(), d)))
	fmt.Println(w.Code, w.Header().Get("Retry-After"), w.Body)
}

func Example() {
	var mux dispatch.Mux
	mux.Handle("link.created", dispatch.JSON(onLinkCreated))

	// In a program, the layers of package middleware stand before the Mux.
	send(&mux, `{"type":"link.created","data":{"link_id":"l1","title":"My song"},"timestamp":1714000000}`)
	// Output:
	// delivery d-1: link l1, "My song"
	// 200  {"received":true}
}

// Several handlers for one event run one after the other.
func ExampleMux_Handle() {
	audit := dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
		fmt.Println("audit:", d.Type)
		return nil
	})
	var mux dispatch.Mux
	mux.Handle("link.created", audit, dispatch.JSON(onLinkCreated))
	mux.Handle("link.*", audit)

	send(&mux, `{"type":"link.created","data":{"link_id":"l1","title":"My song"}}`)
	send(&mux, `{"type":"link.deleted","data":{"link_id":"l1"}}`)
	// Output:
	// audit: link.created
	// delivery d-1: link l1, "My song"
	// 200  {"received":true}
	// audit: link.deleted
	// 200  {"received":true}
}

// Types that no pattern matches go to the Fallback.
func ExampleMux_fallback() {
	mux := dispatch.Mux{
		Fallback: dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
			fmt.Println("new to us:", d.Type)
			return nil
		}),
	}
	mux.Handle("link.*", dispatch.JSON(onLinkCreated))

	send(&mux, `{"type":"theme.sold","data":{}}`)
	// Output:
	// new to us: theme.sold
	// 200  {"received":true}
}

// An http.Handler that was there before finds the body where it always was.
func ExampleMux_HandleHTTP() {
	var mux dispatch.Mux
	mux.HandleHTTP("link.deleted", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		fmt.Println("old handler:", d.Type)
		w.WriteHeader(http.StatusNoContent)
	}))

	send(&mux, `{"type":"link.deleted","data":{}}`)
	// Output:
	// old handler: link.deleted
	// 204
}

// Without HTTP: a Mux takes deliveries from a queue as well.
func ExampleMux_HandleDelivery() {
	var mux dispatch.Mux
	mux.Handle("link.created", dispatch.JSON(onLinkCreated))
	mux.Handle("link.deleted", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		return dispatch.RetryAfter(errors.New("search index is down"), time.Minute)
	}))

	queue := []*hooklatch.Delivery{
		{Envelope: verify.Envelope{ID: "q-1"}, Body: []byte(`{"type":"link.created","data":{"link_id":"l1"}}`)},
		{Envelope: verify.Envelope{ID: "q-2"}, Body: []byte(`{"type":"link.deleted","data":{"link_id":"l1"}}`)},
	}
	for _, d := range queue {
		err := mux.HandleDelivery(context.Background(), d)
		if delay, ok := dispatch.RetryDelay(err); ok {
			fmt.Printf("%s: again in %v: %v\n", d.ID, delay, err)
		} else if err == nil {
			fmt.Printf("%s: done\n", d.ID)
		}
	}
	// Output:
	// delivery q-1: link l1, ""
	// q-1: done
	// q-2: again in 1m0s: search index is down
}

// A delivery that no retry will mend goes to where a person looks at it.
func ExamplePermanent() {
	mux := dispatch.Mux{
		DeadLetter: func(_ context.Context, d *hooklatch.Delivery, err error) error {
			fmt.Printf("kept for a human: %s: %v\n", d.ID, err)
			return nil // only once it is kept: the sender will not send it again
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	mux.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		return dispatch.Permanent(errors.New("the account was closed"))
	}))

	send(&mux, `{"type":"link.created","data":{}}`)
	// Output:
	// kept for a human: d-1: the account was closed
	// 200  {"received":true}
}

func ExampleIsPermanent() {
	closed := errors.New("the account was closed")
	down := errors.New("the database is down")
	fmt.Println(dispatch.IsPermanent(fmt.Errorf("link: %w", dispatch.Permanent(closed))))
	fmt.Println(dispatch.IsPermanent(errors.Join(dispatch.Permanent(closed), down)))
	// Output:
	// true
	// false
}

// The sender is asked to leave a system that is down alone for a while.
func ExampleRetryAfter() {
	mux := dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
	mux.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		return dispatch.RetryAfter(errors.New("the database is down"), 90*time.Second)
	}))

	send(&mux, `{"type":"link.created","data":{}}`)
	// Output:
	// 503 90 Try again later
}

func ExampleRetryDelay() {
	down := errors.New("down")
	fmt.Println(dispatch.RetryDelay(errors.Join(
		dispatch.RetryAfter(down, time.Second), dispatch.RetryAfter(down, time.Minute),
	)))
	fmt.Println(dispatch.RetryDelay(down))
	// Output:
	// 1m0s true
	// 0s false
}

// GitHub names the event in a header and has no envelope: verification finds
// the type, and the data is all of the body.
func ExampleMux_wholeBody() {
	type Push struct {
		Ref        string `json:"ref"`
		Repository struct {
			FullName string `json:"full_name"`
		} `json:"repository"`
	}
	mux := dispatch.Mux{WholeBody: true}
	mux.Handle("push", dispatch.JSON(func(_ context.Context, e dispatch.Event[Push]) error {
		fmt.Println(e.Type, e.Data.Repository.FullName, e.Data.Ref)
		return nil
	}))

	d := &hooklatch.Delivery{
		Envelope: verify.Envelope{Provider: "github", ID: "72d3162e", Type: "push"}, // by provider.GitHub
		Body:     []byte(`{"ref":"refs/heads/main","repository":{"full_name":"octo/hello"}}`),
	}
	fmt.Println(mux.HandleDelivery(context.Background(), d))
	// Output:
	// push octo/hello refs/heads/main
	// <nil>
}

// A custom decoder, here one that refuses members it does not know.
func ExampleMux_decode() {
	mux := dispatch.Mux{
		Decode: func(data []byte, v any) error {
			dec := json.NewDecoder(bytes.NewReader(data))
			dec.DisallowUnknownFields()
			return dec.Decode(v)
		},
		Logger: slog.New(slog.DiscardHandler),
	}
	mux.Handle("link.created", dispatch.JSON(onLinkCreated))

	send(&mux, `{"type":"link.created","data":{"link_id":"l1","colour":"red"}}`)
	// Output:
	// 422  Unexpected data
}

// One event type needs no Mux: a typed handler stands by itself.
func ExampleJSON() {
	h := dispatch.JSON(onLinkCreated)
	d := &hooklatch.Delivery{
		Envelope: verify.Envelope{ID: "d-1"},
		Body:     []byte(`{"type":"link.created","data":{"link_id":"l1","title":"My song"}}`),
	}
	fmt.Println(h.HandleDelivery(context.Background(), d))
	// Output:
	// delivery d-1: link l1, "My song"
	// <nil>
}
