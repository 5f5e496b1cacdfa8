package middleware

import (
	"context"
	"sync"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Fail reports that the handling of the delivery in ctx has failed: the [Once]
// layer releases the claim, whatever the handler writes, and turns a success
// that was written but not yet sent into a 500.
//
// A handler does not need it: it answers with an error status. It is for
// adapters of frameworks, in which a handler returns its error and somebody
// else writes the answer later.
//
// Fail may be called from any goroutine before the handler returns, and more
// than once: the first error counts. A nil err counts as a failure without a
// reason. Where no Once layer is around, Fail does nothing and returns false.
func Fail(ctx context.Context, err error) bool {
	f, ok := ctx.Value(failureKey{}).(*failure)
	if ok {
		f.set(err)
	}
	return ok
}

type failureKey struct{}

// A failure is what Fail has reported of the delivery that runs under key.
type failure struct {
	key idempotency.Key

	mu       sync.Mutex
	reported bool
	err      error
}

func (f *failure) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reported {
		return
	}
	if err == nil {
		err = errUnexplained
	}
	f.reported, f.err = true, err
}

func (f *failure) get() (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reported, f.err
}
