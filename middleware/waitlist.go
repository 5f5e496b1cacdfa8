package middleware

import (
	"sync"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A waitlist lets those who wait for a claim in flight know at once that it
// has ended, if it ended in this process.
type waitlist struct {
	mu    sync.Mutex
	rooms map[idempotency.Key]*room
}

// A room is where everybody waits for the same key. It exists only while
// somebody does.
type room struct {
	ended   chan struct{}
	waiters int
}

func newWaitlist() *waitlist {
	return &waitlist{rooms: make(map[idempotency.Key]*room)}
}

// wake tells everybody who waits for key that its claim has ended.
func (l *waitlist) wake(key idempotency.Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rooms[key]; r != nil {
		close(r.ended)
		r.ended = make(chan struct{})
	}
}

// A waiter is one who waits.
type waiter struct {
	list *waitlist
	key  idempotency.Key
	room *room
}

// join starts to wait for key; leave must be called in the end.
func (l *waitlist) join(key idempotency.Key) waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.rooms[key]
	if r == nil {
		r = &room{ended: make(chan struct{})}
		l.rooms[key] = r
	}
	r.waiters++
	return waiter{l, key, r}
}

// ended returns a channel that is closed when the claim now in flight ends.
func (w waiter) ended() <-chan struct{} {
	w.list.mu.Lock()
	defer w.list.mu.Unlock()
	return w.room.ended
}

func (w waiter) leave() {
	w.list.mu.Lock()
	defer w.list.mu.Unlock()
	if w.room.waiters--; w.room.waiters == 0 {
		delete(w.list.rooms, w.key)
	}
}
