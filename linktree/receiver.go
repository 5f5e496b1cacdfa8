package linktree

import (
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// Receiver is [middleware.Endpoint.Receiver] for Linktree's webhooks, in front
// of events, which is usually a [dispatch.Mux]. v is usually a scheme of
// provider.Linktree, and store lru.New(nil) where one process receives, or a
// shared store where several do. A nil o means the defaults, which fit
// Linktree's [RetrySchedule].
//
// Mount the receiver under a pattern without a method, because Linktree checks
// with HEAD that the address is served:
//
//	hook := middleware.NewEndpoint("linktree", nil)
//	http.Handle("/webhooks/linktree", linktree.Receiver(hook, scheme, store, mux, nil))
//
// It panics as Endpoint.Receiver does, and if v is a scheme of another provider.
//
// [dispatch.Mux]: https://pkg.go.dev/github.com/hooklatch/hooklatch/dispatch#Mux
func Receiver(hook *middleware.Endpoint, v verify.Verifier, store idempotency.Store, events http.Handler, o *middleware.ReceiverOptions) http.Handler {
	if s, ok := v.(*verify.Scheme); ok && s.Name() != "" && s.Name() != "linktree" {
		panic(fmt.Sprintf("linktree: Receiver: the scheme is %s's: use Endpoint.Receiver", s.Name()))
	}
	return hook.Receiver(v, store, events, o)
}
