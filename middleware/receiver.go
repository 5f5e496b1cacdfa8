package middleware

import (
	"fmt"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/verify"
)

// DefaultMaxInHand is how many deliveries a [Endpoint.Receiver] works on at once unless
// told otherwise.
const DefaultMaxInHand = 256

// ReceiverOptions are the optional settings of [Endpoint.Receiver],
// [Endpoint.Layers] and [Endpoint.InboxReceiver]. Nil and the zero value are
// ready to use.
type ReceiverOptions struct {
	// BodyLimit is the largest body taken, in bytes. Zero means
	// [DefaultBodyLimit].
	BodyLimit int64

	// BodyTimeout is the time in which a body must arrive. Zero means
	// [DefaultBodyTimeout].
	BodyTimeout time.Duration

	// MaxInHand is how many genuine deliveries are worked on at once; the
	// sender of any more is asked to try again. Zero means
	// [DefaultMaxInHand].
	MaxInHand int

	// Once is for the Once layer. Nil means its defaults.
	Once *OnceOptions

	// Inbox is for the Inbox of [Endpoint.InboxReceiver]. Nil means its
	// defaults.
	Inbox *InboxOptions

	// BeforeAccept are layers in front of Accept, the first outermost: for
	// what Accept would refuse, such as the GET, OPTIONS or unsigned POST by
	// which some providers check an address before they send events. Package
	// handshake has them. Nothing has verified what these layers see, and
	// nothing bounds it but the server. They must leave the body of a
	// delivery as it came.
	BeforeAccept []func(http.Handler) http.Handler

	// AfterVerify are layers between Verify and Limit, the first outermost:
	// for genuine requests that are no events, such as a signed challenge,
	// and for those without an id, which Once would refuse. They find the
	// verified [hooklatch.Delivery] in the request's context. Duplicates
	// reach them too, and Limit does not bound them.
	AfterVerify []func(http.Handler) http.Handler
}

// Receiver puts the layers in front of h in the one safe order: Accept,
// Capture, Verify, Limit, Once. It serves any provider: v is usually a scheme
// of package provider. store is lru.New(nil) where one process receives, or a
// shared store where several do. h is usually a [dispatch.Mux]. Layers of your
// own go in front of Accept or behind Verify: see [ReceiverOptions].
//
// Mount the receiver under a pattern without a method, so that the HEAD requests
// by which senders check an address get to it:
//
//	http.Handle("/webhooks/linktree", hook.Receiver(scheme, store, mux, nil))
//
// Receiver panics if v, store, h or a layer is nil, or an option is out of range.
//
// [dispatch.Mux]: https://pkg.go.dev/github.com/hooklatch/hooklatch/dispatch#Mux
func (e *Endpoint) Receiver(v verify.Verifier, store idempotency.Store, h http.Handler, o *ReceiverOptions) http.Handler {
	return e.Layers(v, store, o)(h)
}

// Layers returns what [Endpoint.Receiver] puts in front of its handler as one
// layer, for the middleware chain of a framework. It panics as Receiver does.
func (e *Endpoint) Layers(v verify.Verifier, store idempotency.Store, o *ReceiverOptions) func(http.Handler) http.Handler {
	var opts ReceiverOptions
	if o != nil {
		opts = *o
	}
	return Chain(e.upToLimit(v, &opts), e.Once(store, opts.Once))
}

// upToLimit returns the layers that Once and Inbox have in common.
func (e *Endpoint) upToLimit(v verify.Verifier, o *ReceiverOptions) func(http.Handler) http.Handler {
	inHand := o.MaxInHand
	if inHand == 0 {
		inHand = DefaultMaxInHand
	}
	return Chain(
		Chain(o.BeforeAccept...),
		e.Accept(v),
		e.Capture(o.BodyLimit, &CaptureOptions{Timeout: o.BodyTimeout}),
		e.Verify(v),
		Chain(o.AfterVerify...),
		e.Limit(inHand),
	)
}

// Chain makes one layer of several: the first is the outermost and sees the
// request first. Chain() is the layer that does nothing. Chain panics if a
// layer is nil, and the layer that it returns panics if its handler is nil.
func Chain(layers ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	for i, layer := range layers {
		if layer == nil {
			panic(fmt.Sprintf("middleware: Chain: layer %d is nil", i+1))
		}
	}
	return func(h http.Handler) http.Handler {
		checkNext("Chain", h)
		for i := len(layers) - 1; i >= 0; i-- {
			h = layers[i](h)
		}
		return h
	}
}
