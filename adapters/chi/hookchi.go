// Package hookchi has what a chi program still needs to use the hooklatch
// layers, which is little: they are chi middlewares as they are.
//
//	r.With(hook.Layers(scheme, store, nil)).HandleFunc("/webhooks/linktree", onWebhook)
//
// A ready receiver is mounted with Handle:
//
//	r.Handle("/webhooks/linktree", receiver)
//
// Use Handle or HandleFunc rather than Post, so that HEAD and the methods that
// are not allowed are answered by the Accept layer.
//
// # Where the layers go
//
// A layer that looks at the path, as VerifyFor with [URLParam] does, needs a
// route that is known: put it under With, Group or Route. With Use on the router
// itself it runs before chi has matched the path, finds no parameter, and
// refuses every delivery. The layers would also run for paths that do not exist.
//
// Put chi's Compress, Timeout and Recoverer around the layers, not behind them.
// The Once layer learns of a panic that Recoverer hides from it only by the 500
// that Recoverer writes. Where the request carries "Connection: Upgrade",
// Recoverer writes nothing, and silence is success.
//
// A middleware behind the layers that neither answers nor calls its next handler
// looks like a handler that has finished: the delivery is done. Have it answer.
package hookchi

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// URLParam finds the tenant in a parameter of the route's pattern, as in
// "/webhooks/{tenant}": URLParam("tenant"). It is for the VerifyFor method of an
// endpoint.
//
// Unlike middleware.PathValue it also finds parameters in requests whose route
// context was made by hand, as tests do.
func URLParam(name string) func(*http.Request) string {
	return func(r *http.Request) string { return chi.URLParam(r, name) }
}
