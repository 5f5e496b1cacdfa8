package linktree

import (
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// DefaultMaxInHand is how many deliveries a [Receiver] handles at once unless
// told otherwise.
const DefaultMaxInHand = 256

// Options are what [Receiver] can be told. Nil and the zero value are ready to
// use.
type Options struct {
	// Options go to every layer.
	middleware.Options

	// BodyLimit is the largest body taken, in bytes; zero is
	// [middleware.DefaultBodyLimit].
	BodyLimit int64

	// BodyTimeout is the time in which a body must have come; zero is
	// [middleware.DefaultBodyTimeout].
	BodyTimeout time.Duration

	// MaxInHand is how many genuine deliveries are in hand at once; further
	// ones are asked to come again. Zero is [DefaultMaxInHand].
	MaxInHand int

	// Once is for the idempotency layer; nil is its defaults. A Logger or
	// Observe that is nil there is taken from Options.
	Once *middleware.OnceOptions
}

// Receiver assembles the layers in the only safe order, with safe defaults, in
// front of events, which is usually a [dispatch.Mux]: Accept, Capture, Verify,
// Limit, Once. v is usually a scheme of [provider.Linktree], and store of
// lru.New where there is one process, or a shared store where there are
// several.
//
// Mount it under a path without a method, as Linktree checks with HEAD that
// the endpoint is there:
//
//	http.Handle("/webhooks/linktree", linktree.Receiver(v, store, mux, nil))
//
// It panics if v, store or events is nil, or an option is out of range.
//
// [dispatch.Mux]: https://pkg.go.dev/github.com/hooklatch/hooklatch/dispatch#Mux
func Receiver(v verify.Verifier, store idempotency.Store, events http.Handler, o *Options) http.Handler {
	if events == nil {
		panic("linktree: Receiver: nil handler")
	}
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.MaxInHand == 0 {
		opts.MaxInHand = DefaultMaxInHand
	}
	var once middleware.OnceOptions
	if opts.Once != nil {
		once = *opts.Once
	}
	if once.Logger == nil {
		once.Logger = opts.Logger
	}
	if once.Observe == nil {
		once.Observe = opts.Observe
	}
	once.LogClient = once.LogClient || opts.LogClient
	return middleware.Chain(
		middleware.Accept(v, &opts.Options),
		middleware.Capture(opts.BodyLimit, &middleware.CaptureOptions{Options: opts.Options, Timeout: opts.BodyTimeout}),
		middleware.Verify(v, &opts.Options),
		middleware.Limit(opts.MaxInHand, &opts.Options),
		middleware.Once(store, &once),
	)(events)
}
