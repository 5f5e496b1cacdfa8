package idempotency

import (
	"context"
	"time"
)

// A ReplayGuard is a [Store] that also recognises replays of providers that
// sign a timestamp but not the delivery id: within the time tolerance a captured
// request can be sent again under a new id, and its signature still matches. The
// Once layer looks for this interface on its store.
type ReplayGuard interface {
	// Bind returns the first key that was bound to the digest within the
	// ttl, and binds key if none was. A second Bind does not refresh the
	// ttl, which must be positive and is counted from the first call. The
	// digest stands for signed content and an endpoint; it is never zero.
	Bind(ctx context.Context, digest [32]byte, key Key, ttl time.Duration) (Key, error)
}
