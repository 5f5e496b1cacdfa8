package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Shutdown makes the endpoint refuse new deliveries with 503 and Retry-After,
// and waits until its handlers have returned and the claims of those that
// succeeded are completed, late ones included. Then it returns nil. If ctx ends
// first, it returns a [*ShutdownError] that says what is left: deliveries that
// take effect again after a restart, unless they end before the process does.
//
// It counts the handlers behind the endpoint's Once layers, and is independent
// of the server: it neither closes listeners nor
// connections. Call it after the server's own Shutdown, which waits for answers
// only, and before you close the store, as claims can't be completed after
// that. Where an orchestrator grants 30 seconds between the signal and the
// kill, keep HandlerTimeout below 25 seconds and give both Shutdowns one context
// of 25 seconds.
//
// An endpoint that was shut down stays so. Shutdown may be called more than
// once, and concurrently.
func (e *Endpoint) Shutdown(ctx context.Context) error {
	idle := e.drain.close()
	select {
	case <-idle:
		return nil
	default:
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return e.drain.left(context.Cause(ctx))
	}
}

// A ShutdownError says what [Endpoint.Shutdown] has left behind.
type ShutdownError struct {
	Handlers    int   // deliveries whose handler has not returned
	Completions int   // deliveries that took effect, and are not marked done
	Err         error // why Shutdown did not wait any longer: the context's cause
}

// Error says how much is left.
func (e *ShutdownError) Error() string {
	return fmt.Sprintf("middleware: shutdown: %d handlers running and %d deliveries to be completed: %v", e.Handlers, e.Completions, e.Err)
}

// Unwrap returns the context's cause.
func (e *ShutdownError) Unwrap() error { return e.Err }

// A drain counts what an endpoint has in hand.
type drain struct {
	closed atomic.Bool

	mu          sync.Mutex
	handlers    int
	completions int
	idle        chan struct{} // closed when both are zero; nil until close
}

// enter counts a handler in, unless the endpoint is shut down.
func (d *drain) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return false
	}
	d.handlers++
	return true
}

func (d *drain) leave() { d.add(-1, 0) }

func (d *drain) add(handlers, completions int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handlers += handlers
	d.completions += completions
	d.check()
}

// check tells those who wait that nothing is in hand any more; d is locked.
func (d *drain) check() {
	if d.idle != nil && d.handlers == 0 && d.completions == 0 {
		select {
		case <-d.idle:
		default:
			close(d.idle)
		}
	}
}

// close lets nothing more in, and returns a channel that is closed when nothing
// is in hand.
func (d *drain) close() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed.Store(true)
	if d.idle == nil {
		d.idle = make(chan struct{})
	}
	d.check()
	return d.idle
}

func (d *drain) left(cause error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &ShutdownError{Handlers: d.handlers, Completions: d.completions, Err: cause}
}

const (
	// mostCompletions is how many completions one endpoint goes on trying.
	mostCompletions = 1024

	// completeFor is for how long. The lease may end before: as long as no
	// other process has taken over, the claim can be completed.
	completeFor = 5 * time.Minute
)

// completions are the claims of which this process knows that they took effect,
// and the store does not yet. None of them may be granted here.
type completions struct {
	mu     sync.Mutex
	grants map[idempotency.Key]grant
}

// add reports false if there are too many.
func (c *completions) add(g grant) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.grants) >= mostCompletions {
		return false
	}
	if c.grants == nil {
		c.grants = make(map[idempotency.Key]grant)
	}
	c.grants[g.key] = g
	return true
}

func (c *completions) remove(key idempotency.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.grants, key)
}

// get returns the claim as it was last granted.
func (c *completions) get(key idempotency.Key) (grant, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.grants[key]
	return g, ok
}

// adopt takes over a claim that the store granted while the completion was
// being added: what took effect must be completed under the new fence.
func (c *completions) adopt(g grant) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, ok := c.grants[g.key]
	if !ok || old.once != g.once {
		return false
	}
	c.grants[g.key] = g
	return true
}

// completeLater goes on trying to complete an attempt whose handler has
// succeeded; known tells whether its key is among the endpoint's completions. It
// reports a second outcome: CompletedLate, or Abandoned when the delivery will
// take effect again.
func (o *once) completeLater(a *attempt, known bool, err error) {
	e := o.endpoint
	// The completion keeps neither the request nor its body in memory.
	d := *a.out.Delivery
	d.Body, d.Header = nil, nil
	out, g := a.out, a.grant
	out.Delivery = &d
	r := &http.Request{RemoteAddr: a.r.RemoteAddr}
	if !known {
		out.Result, out.Err = Abandoned, err
		e.Report(r, out)
		return
	}
	e.drain.add(0, 1)
	go func() {
		defer e.drain.add(0, -1)
		defer func() {
			// Nothing else recovers here, and an observer must not end the
			// program.
			if v := recover(); v != nil {
				e.logger().Error("webhook outcome not reported", "endpoint", e.name, "panic", v)
			}
		}()
		out.Result, out.Err = e.completing.keepTrying(g.key, err)
		out.Duration = 0 // until now
		e.completing.remove(g.key)
		e.waiting.wake(g.key)
		e.Report(r, out)
	}()
}

// keepTrying completes a claim after the error err. Meanwhile it extends the
// lease, which a store may still take: other processes must not be granted the
// claim.
func (c *completions) keepTrying(key idempotency.Key, err error) (Result, error) {
	g, _ := c.get(key)
	end, extended, third := time.Now().Add(completeFor), time.Now(), g.once.opts.Lease/3
	for pause := 50 * time.Millisecond; time.Until(end) > pause; pause = min(2*pause, time.Second, third) {
		time.Sleep(pause)
		g, _ = c.get(key)
		err = g.complete(g.once.storeContext(context.Background()))
		switch now, _ := c.get(key); {
		case err == nil:
			return CompletedLate, nil
		case errors.Is(err, idempotency.ErrLost) && now.fence == g.fence:
			return Abandoned, err
		}
		if time.Since(extended) >= third && g.extend(g.once.storeContext(context.Background())) == nil {
			extended = time.Now()
		}
	}
	return Abandoned, err
}
