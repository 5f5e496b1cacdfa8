package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

var quiet = &middleware.Options{Logger: slog.New(slog.DiscardHandler)}

// post signs a body as the provider does and sends it to a handler.
func post(h http.Handler, scheme *verify.Scheme, id, body string) {
	r := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	if err := scheme.Sign(r.Header, verify.Envelope{ID: id, Time: time.Now()}, []byte(body)); err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)))
}

// All layers in their order, in front of a handler that the program already
// has.
func Example() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	receive := middleware.Chain(
		middleware.Accept(scheme, quiet),
		middleware.Capture(0, nil),
		middleware.Verify(scheme, quiet),
		middleware.Limit(256, quiet),
		middleware.Once(lru.New(nil), &middleware.OnceOptions{Options: *quiet}),
	)
	h := receive(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		fmt.Printf("%s: %s\n", d.ID, d.Body)
	}))

	post(h, scheme, "evt-1", `{"type":"link.created"}`)
	post(h, scheme, "evt-1", `{"type":"link.created"}`)
	// Output:
	// evt-1: {"type":"link.created"}
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// A layer of one's own among those of the kit.
func ExampleChain() {
	say := func(what string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Println(what)
				next.ServeHTTP(w, r)
			})
		}
	}
	h := middleware.Chain(say("outer"), middleware.Capture(0, nil), say("inner"))(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fmt.Println("handler") }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
	// Output:
	// outer
	// inner
	// handler
}

// The body can be read as often as there is somebody who wants it, and is what
// came over the wire.
func ExampleCapture() {
	h := middleware.Capture(1<<10, &middleware.CaptureOptions{Options: *quiet})(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			d, _ := hooklatch.FromContext(r.Context())
			read, _ := io.ReadAll(r.Body)
			fmt.Printf("%q %q\n", d.Body, read)
		}))
	for _, body := range []string{`{ "type" : "link.created" }`, strings.Repeat("x", 2<<10)} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
		fmt.Println(w.Code)
	}
	// Output:
	// "{ \"type\" : \"link.created\" }" "{ \"type\" : \"link.created\" }"
	// 200
	// 413
}

// What a verified request says of itself, while a secret is rotated.
func ExampleVerify() {
	scheme, err := provider.Linktree("new secret", "old secret")
	if err != nil {
		log.Fatal(err)
	}
	h := middleware.Chain(middleware.Capture(0, nil), middleware.Verify(scheme, quiet))(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			d, _ := hooklatch.FromContext(r.Context())
			fmt.Println(d.Provider, d.ID, "signed with secret", d.KeyID)
		}))
	for _, secret := range []string{"old secret", "somebody else's"} {
		sender, err := provider.Linktree(secret)
		if err != nil {
			log.Fatal(err)
		}
		post(h, sender, "evt-1", "{}")
	}
	// Output:
	// linktree evt-1 signed with secret 2
	// 200
	// 403 Invalid signature
}

// One delivery in hand, and another that has to come again.
func ExampleLimit() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	var h http.Handler
	h = middleware.Chain(
		middleware.Capture(0, nil), middleware.Verify(scheme, quiet), middleware.Limit(1, quiet),
	)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if d, _ := hooklatch.FromContext(r.Context()); d.ID == "evt-1" {
			post(h, scheme, "evt-2", "{}") // while this one is in hand
		}
	}))
	post(h, scheme, "evt-1", "{}")
	post(h, scheme, "evt-2", "{}")
	// Output:
	// 503 Try again later
	// 200
	// 200
}

// The wrong way: a layer in front of Capture that reads the body, as parsers
// and loggers do. Capture notices, and refuses to verify what is left.
func ExampleCapture_wrongOrder() {
	logBody := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			fmt.Println("eaten:", string(body))
			next.ServeHTTP(w, r)
		})
	}
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	h := middleware.Chain(
		logBody, // belongs behind Capture, where r.Body can be read by all
		middleware.Capture(0, &middleware.CaptureOptions{Options: *quiet}),
		middleware.Verify(scheme, quiet),
	)(http.NotFoundHandler())

	post(h, scheme, "evt-1", `{"type":"link.created"}`)
	// Output:
	// eaten: {"type":"link.created"}
	// 500 Internal server error
}

// One endpoint for many customers, each with a secret of its own.
func ExampleVerifyFor() {
	schemes := make(map[string]*verify.Scheme) // made once, not for each request
	for tenant, secret := range map[string]string{"ann": "secret of ann", "bob": "secret of bob"} {
		scheme, err := provider.Linktree(secret)
		if err != nil {
			log.Fatal(err)
		}
		schemes[tenant] = scheme
	}
	lookup := func(_ context.Context, tenant string) (verify.Verifier, error) {
		if s, ok := schemes[tenant]; ok {
			return s, nil
		}
		return nil, verify.ErrNoSecret
	}
	mux := http.NewServeMux()
	mux.Handle("/webhooks/{tenant}", middleware.Chain(
		middleware.Accept(nil, quiet),
		middleware.Capture(0, nil),
		middleware.VerifyFor(middleware.PathValue("tenant"), lookup, quiet),
	)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		fmt.Println("for", d.Tenant)
	})))

	for _, signer := range []string{"ann", "bob"} {
		r := httptest.NewRequest(http.MethodPost, "/webhooks/ann", strings.NewReader("{}"))
		if err := schemes[signer].Sign(r.Header, verify.Envelope{ID: "evt-1"}, []byte("{}")); err != nil {
			log.Fatal(err)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// for ann
	// 200
	// 403
}

// A handler that fails is run again by the sender's retry.
func ExampleOnce() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	attempts := 0
	h := middleware.Chain(
		middleware.Capture(0, nil),
		middleware.Verify(scheme, quiet),
		middleware.Once(lru.New(nil), &middleware.OnceOptions{Options: *quiet}),
	)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if attempts++; attempts == 1 {
			http.Error(w, "the database is away", http.StatusServiceUnavailable)
		}
	}))
	for range 3 {
		post(h, scheme, "evt-1", "{}")
	}
	// Output:
	// 503 the database is away
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// Counting how requests end.
func ExampleOptions_observe() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	opts := middleware.Options{
		Logger:  quiet.Logger,
		Observe: func(_ context.Context, o middleware.Outcome) { fmt.Println("counted:", o.Result) },
	}
	h := middleware.Chain(
		middleware.Capture(0, nil),
		middleware.Verify(scheme, &opts),
		middleware.Once(lru.New(nil), &middleware.OnceOptions{Options: opts}),
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	post(h, scheme, "evt-1", "{}")
	post(h, scheme, "evt-1", "{}")
	// Output:
	// counted: completed
	// 200 {"received":true}
	// counted: duplicate
	// 200 {"duplicate":true}
}

// How an adapter tells the layers that a framework's handler has returned an
// error, which the framework would turn into an answer later.
func ExampleFail() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	native := func() error { return errors.New("no luck") }
	h := middleware.Chain(
		middleware.Capture(0, nil),
		middleware.Verify(scheme, quiet),
		middleware.Once(lru.New(nil), &middleware.OnceOptions{Options: *quiet}),
	)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := native(); err != nil {
			middleware.Fail(r.Context(), err)
		}
	}))
	post(h, scheme, "evt-1", "{}")
	// Output:
	// 500 Internal server error
}

func ExampleAccept() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	h := middleware.Accept(scheme, quiet)(http.NotFoundHandler())
	for _, method := range []string{"HEAD", "GET", "POST"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/webhooks", nil))
		fmt.Printf("%s: %d %q\n", method, w.Code, w.Body)
	}
	// Output:
	// HEAD: 200 ""
	// GET: 405 "Method not allowed"
	// POST: 401 "Missing signature"
}
