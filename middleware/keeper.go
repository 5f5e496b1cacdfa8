package middleware

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// A keeper sees to the first renewal of the leases of one server: those that
// come to it are due in the order in which they came, so that one timer does
// for all. Few handlers run for so long that they need any.
type keeper struct {
	once   *once
	server *http.Server
	wait   time.Duration

	mu          sync.Mutex
	first, last *lease
	armed       bool
	gone        bool // it takes no more
}

// A place is where a lease stands in its keeper's list.
type place struct {
	due        time.Time
	prev, next *lease
	taken      bool
}

// keeper returns the keeper for the server that ctx is of, or nil if it is of
// none. A timer belongs to the clock that it was started under, and under
// testing/synctest each bubble has its own; a server lives in one.
func (o *once) keeper(ctx context.Context) *keeper {
	server, ok := ctx.Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return nil
	}
	k, ok := o.keepers.Load(server)
	if !ok {
		k, _ = o.keepers.LoadOrStore(server, &keeper{once: o, server: server, wait: o.opts.Lease / 3})
	}
	return k.(*keeper)
}

// add reports false if the keeper is gone.
func (k *keeper) add(l *lease, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return false
	}
	l.place = place{due: now.Add(k.wait), prev: k.last, taken: true}
	if k.last != nil {
		k.last.place.next = l
	} else {
		k.first = l
	}
	k.last = l
	if !k.armed {
		k.armed = true
		time.AfterFunc(k.wait, k.ring)
	}
	return true
}

// remove takes l from the list if it is still there.
func (k *keeper) remove(l *lease) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(l)
}

func (k *keeper) drop(l *lease) {
	p := l.place
	if !p.taken {
		return
	}
	l.place = place{}
	if p.prev != nil {
		p.prev.place.next = p.next
	} else {
		k.first = p.next
	}
	if p.next != nil {
		p.next.place.prev = p.prev
	} else {
		k.last = p.prev
	}
}

// ring has all renewed that are due. From then on they have timers of their
// own.
func (k *keeper) ring() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	for k.first != nil && !k.first.place.due.After(now) {
		l := k.first
		k.drop(l)
		go l.renew()
	}
	if k.first != nil {
		time.AfterFunc(k.first.place.due.Sub(now), k.ring)
		return
	}
	// Nothing to do for now. A server may be gone, or have been made for a
	// single connection: it must not be kept.
	k.gone = true
	k.once.keepers.CompareAndDelete(k.server, k)
}
