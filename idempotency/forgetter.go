package idempotency

import (
	"context"
	"errors"
)

// ErrInFlight is what Forget returns while a claim holds the key. Test for it
// with errors.Is.
var ErrInFlight = errors.New("idempotency: claim in flight")

// A Forgetter is a [Store] that can take a completed mark back, so that a
// delivery that was acknowledged by mistake can take effect after all: some
// senders' "redeliver" keeps the delivery id.
type Forgetter interface {
	// Forget makes a key that is done unknown and reports whether it was
	// done. The next Claim is Granted, under a higher fence than any before
	// it, and a late Complete under the forgotten fence returns ErrLost.
	// Keys that a ReplayGuard has bound stay bound.
	//
	// To forget an unknown key is no error. Forget returns ErrInFlight, and
	// changes nothing, while a claim holds the key, even one whose lease
	// has run out: its holder may still complete it.
	Forget(ctx context.Context, key Key) (bool, error)
}
