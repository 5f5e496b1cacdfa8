package engine

import (
	"context"
	"sync"
)

// mostJoined is how many Puts, and how many ends of attempts, share a
// transaction at most.
const mostJoined = 128

// A writer joins the writes that come while a transaction runs into the next
// one. It has no goroutine of its own: one runs while there is something to
// write.
type writer struct {
	flush func(batch) error

	mu      sync.Mutex
	waiting batch
	busy    bool
}

// A batch is what one transaction writes.
type batch struct {
	puts []*put
	ends []*ending
}

// put joins a Put to a transaction, and waits for its commit. When ctx ends
// before, the Put may happen all the same.
func (w *writer) put(ctx context.Context, p *put) error {
	p.told = make(chan error, 1)
	return w.join(ctx, p.told, func(b *batch) { b.puts = append(b.puts, p) })
}

// end is put for the end of an attempt.
func (w *writer) end(ctx context.Context, x *ending) error {
	x.told = make(chan error, 1)
	return w.join(ctx, x.told, func(b *batch) { b.ends = append(b.ends, x) })
}

func (w *writer) join(ctx context.Context, told <-chan error, add func(*batch)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	add(&w.waiting)
	if !w.busy {
		w.busy = true
		go w.drain()
	}
	w.mu.Unlock()
	select {
	case err := <-told:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// drain writes until nothing waits.
func (w *writer) drain() {
	for {
		w.mu.Lock()
		b := w.take()
		if len(b.puts)+len(b.ends) == 0 {
			w.busy = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		err := w.flush(b)
		for _, p := range b.puts {
			p.told <- err
		}
		for _, x := range b.ends {
			x.told <- err
		}
	}
}

// take takes the next batch; w is locked.
func (w *writer) take() batch {
	n, m := min(len(w.waiting.puts), mostJoined), min(len(w.waiting.ends), mostJoined)
	b := batch{puts: w.waiting.puts[:n:n], ends: w.waiting.ends[:m:m]}
	w.waiting.puts, w.waiting.ends = w.waiting.puts[n:], w.waiting.ends[m:]
	return b
}
