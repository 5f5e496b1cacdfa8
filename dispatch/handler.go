package dispatch

import (
	"context"

	"github.com/hooklatch/hooklatch"
)

// A Handler takes one delivery. It returns nil only when the event has taken
// effect; on an error the sender will send it again, and the handler will run
// again. The package documentation says what the kinds of errors mean.
//
// When ctx is done (its deadline is over, or another process has taken the
// delivery over), the handler should stop and return an error.
//
// HandleDelivery is called concurrently for different deliveries. It must not
// change d.
type Handler interface {
	HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error
}

// A HandlerFunc is a function that is a [Handler].
type HandlerFunc func(ctx context.Context, d *hooklatch.Delivery) error

// HandleDelivery calls f.
func (f HandlerFunc) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error {
	return f(ctx, d)
}
