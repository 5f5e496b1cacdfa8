// Package broken has a store that keeps the contract of package idempotency, or
// breaks it in a way of the caller's choice, for tests of what should notice.
package broken

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Store keeps the contract, unless it is broken in the way that its flaw
// names. It counts by a clock that Step sets.
type Store struct {
	flaw     string
	capacity int

	mu      sync.Mutex
	fence   uint64
	entries map[idempotency.Key]entry
	order   []idempotency.Key         // of completion; of claims too, if they are in the LRU
	bounds  map[idempotency.Key]bound // by digest
	offset  time.Duration             // of the clock
}

type entry struct {
	state       idempotency.State
	until       time.Time
	lease       time.Duration
	fence       uint64
	owner       [16]byte
	fingerprint [32]byte
}

type bound struct {
	key   idempotency.Key
	until time.Time
}

// New returns a store with the flaw; "" is none. It remembers as many completed
// keys as its capacity. It panics if there is no such flaw.
func New(flaw string, capacity int) *Store {
	if flaw != "" && !slices.Contains(Flaws, flaw) {
		panic("broken: no such flaw: " + flaw)
	}
	return &Store{
		flaw:     flaw,
		capacity: capacity,
		entries:  make(map[idempotency.Key]entry),
		bounds:   make(map[idempotency.Key]bound),
	}
}

func (s *Store) now() time.Time { return time.Now().Add(s.offset) }

// Step sets the clock forward, or back if by is negative.
func (s *Store) Step(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += by
	if s.is("step back drops claims") && by < 0 {
		clear(s.entries)
	}
}

// after returns when d, of a lease, a retention or a ttl, ends.
func (s *Store) after(now time.Time, what string, d time.Duration) time.Time {
	if s.is("longest "+what+" overflows") && d > math.MaxInt64/3 {
		return now
	}
	return now.Add(d)
}

// is reports whether this is the store's flaw.
func (s *Store) is(flaw string) bool { return s.flaw == flaw }

// pause lets others in between a read and a write.
func (s *Store) pause() {
	s.mu.Unlock()
	time.Sleep(time.Millisecond)
	s.mu.Lock()
}

func (s *Store) refuse(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil && !s.is("ended context ignored") {
		if s.is("ended context is ErrLost") {
			return idempotency.ErrLost
		}
		return err
	}
	if d <= 0 && !s.is("durations not checked") {
		return errors.New("broken: duration must be positive")
	}
	return nil
}

func (s *Store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	if err := s.refuse(ctx, r.Lease); err != nil {
		if s.is("claim beside the error") {
			return idempotency.Claim{State: idempotency.InFlight}, err
		}
		return idempotency.Claim{}, err
	}
	if s.is("keys cut short") {
		clear(r.Key[1:])
		r.Key[0] &= 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	e, known := s.entries[r.Key]
	alive := known && now.Before(e.until)
	if s.is("read, then write") || s.is("read, then take over") && known {
		s.pause()
	}

	switch {
	case known && e.state == idempotency.InFlight && e.owner == r.Owner && !s.is("same owner is in flight"):
		if !s.is("same owner keeps its first lease") {
			e.until, e.lease = s.after(now, "lease", r.Lease), r.Lease
		}
		if s.is("same owner gets a new fence") {
			s.fence++
			e.fence = s.fence
		}
		s.entries[r.Key] = e
		return idempotency.Claim{State: idempotency.Granted, Fence: e.fence, Fingerprint: e.fingerprint}, nil
	case known && e.state == idempotency.InFlight && (alive || s.is("lease never ends")):
		return s.inFlight(r, e, now), nil
	case known && e.state == idempotency.Done && (alive || s.is("retention never ends")):
		if s.is("duplicate refreshes the retention") {
			e.until = now.Add(e.lease)
			s.entries[r.Key] = e
		}
		c := idempotency.Claim{State: idempotency.Done, Fingerprint: e.fingerprint}
		if s.is("fence shown with done") {
			c.Fence = e.fence
		}
		return c, nil
	case !known && s.is("first claim is in flight"):
		s.entries[r.Key] = entry{}
		return idempotency.Claim{State: idempotency.InFlight, RetryAfter: r.Lease}, nil
	}
	return s.grant(r, e, known, now), nil
}

func (s *Store) inFlight(r idempotency.Request, e entry, now time.Time) idempotency.Claim {
	if s.is("duplicate refreshes the lease") {
		e.until = now.Add(e.lease)
		s.entries[r.Key] = e
	}
	before := e.until.Sub(now)
	if before > e.lease && !s.is("step back lengthens leases") {
		e.until = now.Add(e.lease)
		if !s.is("step back lengthens the wait") {
			s.entries[r.Key] = e
		}
	}
	c := idempotency.Claim{State: idempotency.InFlight, Fingerprint: e.fingerprint, RetryAfter: e.until.Sub(now)}
	switch s.flaw {
	case "RetryAfter of before the step":
		c.RetryAfter = before
	case "longest RetryAfter overflows":
		if before > math.MaxInt64/3 {
			c.RetryAfter = -before
		}
	case "no RetryAfter":
		c.RetryAfter = 0
	case "RetryAfter of the newcomer's lease":
		c.RetryAfter = r.Lease
	case "fingerprint of the newcomer":
		c.Fingerprint = r.Fingerprint
	case "fence shown in flight":
		c.Fence = e.fence
	}
	return c
}

func (s *Store) grant(r idempotency.Request, old entry, known bool, now time.Time) idempotency.Claim {
	s.fence++
	fence := s.fence
	switch {
	case s.is("one fence for all"),
		s.is("fence kept in the entry") && !known:
		fence = 1
	case s.is("fences by the clock"):
		fence = uint64(now.UnixNano())
	case s.is("fence kept until the retention ends"):
		fence = old.fence + 1
		if old.state == idempotency.Done {
			fence = 1
		}
	case s.is("takeover keeps the fence") && known:
		fence = old.fence
	}
	e := entry{
		state:       idempotency.InFlight,
		until:       s.after(now, "lease", r.Lease),
		lease:       r.Lease,
		fence:       fence,
		owner:       r.Owner,
		fingerprint: r.Fingerprint,
	}
	if s.is("claims in the LRU") {
		s.evict(r.Key)
	}
	s.entries[r.Key] = e
	c := idempotency.Claim{State: idempotency.Granted, Fence: fence, Fingerprint: r.Fingerprint}
	if s.is("RetryAfter of a grant") {
		c.RetryAfter = r.Lease
	}
	return c
}

// evict makes room for key, which is the newest from now on.
func (s *Store) evict(key idempotency.Key) {
	s.order = append(slices.DeleteFunc(s.order, func(k idempotency.Key) bool { return k == key }), key)
	for len(s.order) > s.capacity {
		// One that was completed before may be in flight again.
		if s.entries[s.order[0]].state == idempotency.Done || s.is("claims in the LRU") {
			delete(s.entries, s.order[0])
		}
		s.order = s.order[1:]
	}
}

// held returns the entry that is in flight under the fence.
func (s *Store) held(key idempotency.Key, fence uint64) (entry, bool) {
	e, known := s.entries[key]
	if s.is("dropped when the lease ends") && !s.now().Before(e.until) {
		return entry{}, false
	}
	return e, known && e.state == idempotency.InFlight && (e.fence == fence || s.is("fence not checked"))
}
