package middleware

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/keys"
)

// A flow is what one request keeps on its way through the layers, in one
// allocation. It is the context of the request behind Capture: that of the
// request as it came, with the delivery. A handler can keep all of it, so none
// is used again.
type flow struct {
	context.Context

	delivery hooklatch.Delivery
	body     replay
	request  http.Request

	attempt attempt     // room for the Once layer
	taken   atomic.Bool // the room is
}

// Format keeps out of logs what the context holds: headers and the body.
func (f *flow) Format(w fmt.State, _ rune) { fmt.Fprintf(w, "%v.hooklatch", f.Context) }

// A flowKey finds the flow.
type flowKey struct{}

func (f *flow) Value(key any) any {
	switch key.(type) {
	case keys.Delivery:
		return &f.delivery
	case flowKey:
		return f
	}
	return f.Context.Value(key)
}

// newAttempt returns a new attempt, if it can in the request's own allocation.
func newAttempt(ctx context.Context) *attempt {
	f, ok := ctx.Value(flowKey{}).(*flow)
	if !ok || f.taken.Swap(true) {
		return new(attempt)
	}
	return &f.attempt
}

// replay plays the body again to whoever reads the request.
type replay struct{ bytes.Reader }

func (*replay) Close() error { return nil }
