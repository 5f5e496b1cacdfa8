package middleware_test

import (
	"context"
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

var quiet = &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)}

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
	hook := middleware.NewEndpoint("linktree", quiet)
	receive := middleware.Chain(
		hook.Accept(scheme),
		hook.Capture(0, nil),
		hook.Verify(scheme),
		hook.Limit(256),
		hook.Once(lru.New(nil), nil),
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

// Two endpoints share a store, a provider and a secret. The provider sends one
// event to both, and each handles it once.
func ExampleNewEndpoint() {
	scheme, err := provider.Stripe("secret")
	if err != nil {
		log.Fatal(err)
	}
	store := lru.New(nil)
	for _, name := range []string{"billing", "analytics", "billing"} {
		hook := middleware.NewEndpoint(name, quiet)
		h := hook.Receiver(scheme, store, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			d, _ := hooklatch.FromContext(r.Context())
			fmt.Println(d.Endpoint, "handles", d.ID)
		}), nil)
		post(h, scheme, "", `{"id":"evt_77","type":"invoice.paid"}`)
	}
	// Output:
	// billing handles evt_77
	// 200 {"received":true}
	// analytics handles evt_77
	// 200 {"received":true}
	// 200 {"duplicate":true}
}

// The layers in their order, for any provider.
func ExampleEndpoint_Receiver() {
	scheme, err := provider.GitHub("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("github", quiet)
	h := hook.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		fmt.Println(d.Provider, d.ID)
	}), &middleware.ReceiverOptions{BodyLimit: 25 << 20})
	post(h, scheme, "evt-1", "{}")
	// Output:
	// github evt-1
	// 200 {"received":true}
}

// The same layers as one func(http.Handler) http.Handler, for the middleware
// chain of a framework.
func ExampleEndpoint_Layers() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", quiet)
	receive := hook.Layers(scheme, lru.New(nil), nil)

	h := receive(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "thanks") }))
	post(h, scheme, "evt-1", "{}")
	// Output:
	// 200 thanks
}

// A layer of your own among those of the kit.
func ExampleChain() {
	say := func(what string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fmt.Println(what)
				next.ServeHTTP(w, r)
			})
		}
	}
	hook := middleware.NewEndpoint("linktree", quiet)
	h := middleware.Chain(say("outer"), hook.Capture(0, nil), say("inner"))(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fmt.Println("handler") }))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
	// Output:
	// outer
	// inner
	// handler
}

// A handler can read the body as if no layer had, and it is what came over the
// wire.
func ExampleEndpoint_Capture() {
	h := middleware.NewEndpoint("linktree", quiet).Capture(1<<10, nil)(
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
func ExampleEndpoint_Verify() {
	scheme, err := provider.Linktree("new secret", "old secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", quiet)
	h := middleware.Chain(hook.Capture(0, nil), hook.Verify(scheme))(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			d, _ := hooklatch.FromContext(r.Context())
			fmt.Println(d.Provider, d.ID, "signed with secret", d.KeyID)
		}))
	for _, secret := range []string{"old secret", "a stranger's"} {
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
func ExampleEndpoint_Limit() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", quiet)
	var h http.Handler
	h = middleware.Chain(hook.Capture(0, nil), hook.Verify(scheme), hook.Limit(1))(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
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
func ExampleEndpoint_Capture_wrongOrder() {
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
	hook := middleware.NewEndpoint("linktree", quiet)
	h := middleware.Chain(
		logBody, // belongs behind Capture, where every layer can read r.Body
		hook.Capture(0, nil),
		hook.Verify(scheme),
	)(http.NotFoundHandler())

	post(h, scheme, "evt-1", `{"type":"link.created"}`)
	// Output:
	// eaten: {"type":"link.created"}
	// 500 Internal server error
}

// One endpoint for many customers, each with a secret of its own.
func ExampleEndpoint_VerifyFor() {
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
	hook := middleware.NewEndpoint("tenants", quiet)
	mux := http.NewServeMux()
	mux.Handle("/webhooks/{tenant}", middleware.Chain(
		hook.Accept(schemes["ann"]), // any scheme of the provider
		hook.Capture(0, nil),
		hook.VerifyFor(middleware.PathValue("tenant"), lookup),
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

// The sender's retry runs a handler that has failed again.
func ExampleEndpoint_Once() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", quiet)
	attempts := 0
	h := middleware.Chain(
		hook.Capture(0, nil),
		hook.Verify(scheme),
		hook.Once(lru.New(nil), nil),
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
func ExampleEndpointOptions_observe() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{
		Logger:  quiet.Logger,
		Observe: func(_ context.Context, o middleware.Outcome) { fmt.Println("counted:", o.Endpoint, o.Result) },
	})
	h := hook.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	post(h, scheme, "evt-1", "{}")
	post(h, scheme, "evt-1", "{}")
	// Output:
	// counted: linktree completed
	// 200 {"received":true}
	// counted: linktree duplicate
	// 200 {"duplicate":true}
}

// Looking for a mistake: the log and the Outcome say what is wrong with a
// request that is refused.
func ExampleEndpointOptions_explain() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{
		Logger:  quiet.Logger,
		Explain: &verify.ExplainOptions{Secrets: []string{"old secret"}},
		Observe: func(_ context.Context, o middleware.Outcome) { fmt.Println(o.Explanation) },
	})
	sender, err := provider.Linktree("old secret")
	if err != nil {
		log.Fatal(err)
	}
	h := hook.Receiver(scheme, lru.New(nil), http.NotFoundHandler(), nil)
	post(h, sender, "evt-1", "{}")
	// Output:
	// verify: linktree: X-Linktree-Signature: does not match; found: another secret: the options' secret 1; apart from that the signature is right
	// 403 Invalid signature
}

// A layer of your own ends some requests. The endpoint logs and counts those
// like its own.
func ExampleEndpoint_Report() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{
		Logger:  quiet.Logger,
		Observe: func(_ context.Context, o middleware.Outcome) { fmt.Println(o.Endpoint, o.Delivery.ID, o.Result) },
	})
	paused := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hook.Report(r, middleware.Outcome{Result: "paused"})
			w.Header().Set("Retry-After", "3600")
			http.Error(w, "paused", http.StatusServiceUnavailable)
		})
	}
	h := middleware.Chain(hook.Capture(0, nil), hook.Verify(scheme), paused)(http.NotFoundHandler())
	post(h, scheme, "evt-1", "{}")
	// Output:
	// linktree evt-1 paused
	// 503 paused
}

// Before the program ends: the server first, then the endpoint, then the store.
func ExampleEndpoint_Shutdown() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	hook := middleware.NewEndpoint("linktree", quiet)
	h := hook.Receiver(scheme, lru.New(nil), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}

	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	defer cancel()
	fmt.Println(server.Shutdown(ctx))
	fmt.Println(hook.Shutdown(ctx))
	post(h, scheme, "evt-1", "{}")
	// Output:
	// <nil>
	// <nil>
	// 503 Try again later
}

func ExampleEndpoint_Accept() {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		log.Fatal(err)
	}
	h := middleware.NewEndpoint("linktree", quiet).Accept(scheme)(http.NotFoundHandler())
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
