package idempotency

import (
	"context"
	"errors"
	"time"
)

// ErrHandlerTx is what errors of [Tx].Commit wrap when the handler is at fault,
// and not the store: what it did in the transaction leaves nothing to commit.
// The handler's next attempt fails in the same way until it is mended. Test for
// it with errors.Is.
var ErrHandlerTx = errors.New("idempotency: the handler's transaction can't be committed")

// A Transactor is a [Store] that can carry the completed mark in a transaction
// together with the handler's own writes, so that the effect and the mark
// happen both or not at all, whatever instruction the process dies at. The Once
// layer looks for this interface on its store.
type Transactor interface {
	// Begin prepares a transaction for the handler of a claim that was
	// granted under fence. The handler finds it through the context that
	// Begin returns, in a way that the store's package documents; a handler
	// that doesn't ask for it should cost nothing. What the handler does in
	// it ends with ctx; one of Commit and Rollback always follows, unless
	// Begin returns an error or panics: see [Tx].
	Begin(ctx context.Context, key Key, fence uint64, retain time.Duration) (context.Context, Tx, error)
}

// A Tx is what a [Transactor] has begun. When the handler has returned, Used is
// called, and then Commit or Rollback, once. After a Rollback of what was not
// used, the claim is completed or released as in any store.
type Tx interface {
	// Used reports whether the handler has asked for the transaction. If it
	// has not, nothing is to be committed with the mark.
	Used() bool

	// Commit marks the key done, as Complete does, and commits that with
	// everything the handler has written. If the claim is lost it returns
	// ErrLost, and if the handler has spoiled the transaction an error that
	// wraps ErrHandlerTx: then the key is not marked, and Commit has
	// committed nothing. After any other error both may have happened, or
	// neither.
	Commit(ctx context.Context) error

	// Rollback undoes what the handler has written. It does not release the
	// claim: that can be completed or released afterwards, as in any store.
	Rollback(ctx context.Context) error
}
