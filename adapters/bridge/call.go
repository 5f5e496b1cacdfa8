package bridge

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/internal/wire"
)

type callKey struct{}

// callOf returns the call that r is on the way of, if any.
func callOf(r *http.Request) (c *call, ok bool) {
	c, ok = r.Context().Value(callKey{}).(*call)
	return c, ok
}

var (
	errNoReturn = errors.New("the framework's handler did not return: it panicked or exited its goroutine")
	errTooLate  = errors.New("a layer called its next handler after it had returned")
)

// A call is one request's way over the bridge.
type call struct {
	native Native
	w      http.ResponseWriter // the framework's
	ended  chan struct{}       // closed when Next has ended

	mu       sync.Mutex
	called   bool
	over     bool        // the layers have ended
	sent     bool        // a final status is on its way, or the connection is hijacked
	err      error       // what Next returned, or errNoReturn
	released bool        // the Once layer knows of it
	header   http.Header // of the framework's answer; not nil: what the layers write is dropped
}

// cross is the innermost handler of every bridge.
func cross(w http.ResponseWriter, r *http.Request) {
	c, ok := callOf(r)
	if !ok {
		panic("bridge: a layer has replaced the request's context instead of deriving from it")
	}
	first, over := c.begin()
	switch {
	case over:
		hooklatch.Report(r.Context(), hooklatch.Failed, errTooLate)
		w.WriteHeader(http.StatusInternalServerError)
		return
	case !first:
		<-c.ended
		if c.err != nil {
			hooklatch.Report(r.Context(), hooklatch.Failed, c.err)
			w.WriteHeader(http.StatusInternalServerError)
		}
		return
	}
	c.run(w, r)
}

func (c *call) run(w http.ResponseWriter, r *http.Request) {
	status, err := 0, errNoReturn
	defer func() {
		c.finish(r, err)
		if err != nil && err != errNoReturn {
			if status == 0 {
				status = http.StatusInternalServerError
			}
			w.WriteHeader(status)
		}
	}()
	status, err = c.native.Next(w, r)
}

// refuse notes that a delivery further in was released.
func (c *call) refuse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
}

func (c *call) begin() (first, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false, true
	}
	first = !c.called
	c.called = true
	return first, false
}

// finish notes how Next has ended. After a panic, a layer or a recovery further
// out answers: nothing is dropped then.
func (c *call) finish(r *http.Request, err error) {
	released := report(r.Context(), err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.released = err, c.released || released
	if err != nil && err != errNoReturn && !c.sent {
		c.header = c.w.Header().Clone()
		if c.header == nil {
			c.header = make(http.Header)
		}
		wire.Forget(c.header)
		c.header.Del("Content-Type")
	}
	close(c.ended)
}

// report tells the Once layer of a failure. It returns false if there is none,
// or no such layer.
func report(ctx context.Context, err error) bool {
	switch {
	case err == nil:
		return false
	case err == errNoReturn:
		return hooklatch.Report(ctx, hooklatch.Panicked, err)
	case errors.Is(err, dispatch.ErrUnknownType):
		return hooklatch.Report(ctx, hooklatch.UnknownType, err) // the status releases it
	}
	return hooklatch.Report(ctx, hooklatch.Failed, err)
}

// begins tells whether a status goes to the wire. A second final one does not.
func (c *call) begins(final bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.header != nil || c.sent {
		return false
	}
	c.sent = final
	return true
}

// passes tells whether what else a layer writes goes to the wire, with a status
// if none has yet.
func (c *call) passes() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.header != nil {
		return false
	}
	c.sent = true
	return true
}

// end waits for Next and restores the framework's header. refused tells that
// the framework must not answer with a success.
func (c *call) end(returned bool) (called, refused bool, err error) {
	c.mu.Lock()
	c.over = true
	called, sent := c.called, c.sent
	c.mu.Unlock()
	if !called {
		// A layer that panics has not let the delivery through either.
		return false, !returned && !sent, nil
	}
	select {
	case <-c.ended:
	default:
		if sent {
			_ = http.NewResponseController(c.w).Flush() // where it can't, the answer waits too
		}
		<-c.ended
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.header != nil {
		h := c.w.Header()
		clear(h)
		maps.Copy(h, c.header)
	}
	if c.err == errNoReturn && c.sent {
		return true, false, nil // a layer has recovered and answered
	}
	return true, c.released && !c.sent, c.err
}
