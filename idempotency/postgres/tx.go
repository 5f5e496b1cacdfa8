package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch/idempotency"
)

var (
	// ErrNoClaim is what [Tx] and [CompleteTx] return where no claim of a
	// [Store] is in the context: the handler does not run behind
	// middleware's Once layer with such a store, or was not given the
	// request's own context.
	ErrNoClaim = errors.New("postgres: no claim of a postgres store in the context")

	errOver  = errors.New("postgres: the handler has returned: its transaction is over")
	errMixed = errors.New("postgres: Tx and CompleteTx in one handler: only one transaction can hold the mark")
)

// Tx returns the transaction in which the handler's own writes and the
// delivery's completed mark commit together: both happen or neither, at
// whatever instruction the process dies. ctx is the handler's context or one
// made from it; otherwise the error is [ErrNoClaim].
//
// The transaction begins with the first call, at the isolation level read
// committed; further calls return the same. A handler that doesn't ask for it
// costs nothing. When the handler has returned, the Once layer commits the
// transaction with the mark in it if the delivery has taken effect, and rolls it
// back if it has not, if its handler failed for good (dispatch.Permanent), or if
// the claim was lost to another holder.
//
// # Commit and Rollback
//
// The handler's result decides how the transaction ends, so it need call
// neither. The usual pair, a deferred Rollback and a Commit at the end, works
// too. Both only close the transaction to the handler, as they do in pgx:
//
//	Commit    Rollback          result    what happens
//	-         -                 success   the writes are committed with the mark
//	called    before or after   success   the same
//	-         called            success   the same: deferred, it comes after the success
//	any       any               failure   nothing is committed, the claim is released
//
// Commit is a promise, which the layer keeps when it makes the mark. It returns
// an error if the transaction can no longer be committed. Rollback alone undoes
// nothing if the handler then reports success: the layer can't tell a deferred
// one from another. To undo some writes and succeed all the same, make them in a
// savepoint (the transaction's Begin) and roll that back.
//
// # What a handler can get wrong
//
// In these cases nothing is marked done, and the error wraps
// [idempotency.ErrHandlerTx]: the handler is at fault, not the store.
//
//   - A statement fails and the handler goes on and reports success. The
//     server has aborted the transaction then. Return the error, or try such a
//     statement in a savepoint.
//   - The handler ends the transaction with a statement, COMMIT or ROLLBACK.
//     What COMMIT has committed is there, without the mark: the retry makes it
//     again.
//   - Rows that were queried in it are still open.
//   - A constraint that is checked at the commit does not hold.
//
// Like every pgx.Tx it is for one goroutine at a time.
func Tx(ctx context.Context) (pgx.Tx, error) {
	a, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return nil, ErrNoClaim
	}
	return a.open(ctx)
}

// Begin implements [idempotency.Transactor]; see [Tx]. It never fails.
func (s *Store) Begin(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) (context.Context, idempotency.Tx, error) {
	ctx, cancel := context.WithCancel(ctx)
	a := &attempt{store: s, key: key, fence: fence, retain: retain, handler: ctx, cancel: cancel}
	return context.WithValue(ctx, attemptKey{}, a), a, nil
}

type attemptKey struct{}

// An attempt is what the handler's context carries, and the [idempotency.Tx].
type attempt struct {
	store  *Store
	key    idempotency.Key
	fence  uint64
	retain time.Duration

	handler context.Context
	cancel  context.CancelFunc // of handler

	mu     sync.Mutex
	conn   *pgxpool.Conn
	tx     pgx.Tx // nil: the handler has not asked
	handle *handlerTx
	marked bool // by CompleteTx, in a transaction of the handler's own
	over   bool
}

// open returns the transaction, which it begins if need be.
func (a *attempt) open(ctx context.Context) (pgx.Tx, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.over:
		return nil, errOver
	case a.marked:
		return nil, errMixed
	}
	if a.tx == nil {
		// Whatever context the handler has made of its own: to wait for a
		// connection ends with the handler.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(a.handler, cancel)()
		if err := a.begin(ctx); err != nil {
			return nil, failed("begin", err)
		}
	}
	return a.handle, nil
}

// begin begins the transaction. Read committed, whatever the database's
// default: at a higher level each renewal of the lease would make the mark
// fail. The setting ends with this transaction, not with the next that a
// handler may begin by a statement: so it tells the two apart.
func (a *attempt) begin(ctx context.Context) error {
	var tx pgx.Tx
	conn, err := a.store.handlers.hold(ctx, func(conn *pgxpool.Conn) (err error) {
		tx, err = conn.BeginTx(ctx, pgx.TxOptions{
			BeginQuery: fmt.Sprintf("begin isolation level read committed; set local hooklatch.attempt = '%s'", a.name()),
		})
		return err
	})
	if err == nil {
		a.conn, a.tx, a.handle = conn, tx, &handlerTx{Tx: tx}
	}
	return err
}

// name names the transaction to the server.
func (a *attempt) name() string { return strconv.FormatUint(a.fence, 10) }

// end returns the transaction, if there is one, and lets no other begin. A
// goroutine that the handler has left behind may be about to: it is told to
// stop.
func (a *attempt) end() pgx.Tx {
	a.cancel()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	return a.tx
}

// Used implements [idempotency.Tx].
func (a *attempt) Used() bool {
	a.cancel() // a goroutine that the handler has left behind may be about to ask
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tx != nil || a.marked
}
