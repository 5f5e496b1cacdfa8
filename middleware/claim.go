package middleware

import (
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/wire"
)

// take claims the delivery and acts on the store's answer.
func (a *attempt) take(key idempotency.Key) {
	o, d := a.once, a.out.Delivery
	first, err := a.bind(key)
	if err != nil {
		a.unavailable(err)
		return
	}
	a.out.Replay = first != key
	req := idempotency.Request{
		Key:         first,
		Owner:       newOwner(),
		Fingerprint: fingerprint(d.Body),
		Lease:       o.opts.Lease,
	}
	claim, err := a.claim(&req)
	if err != nil {
		a.unavailable(err)
		return
	}
	a.out.Altered = claim.Fingerprint != req.Fingerprint && !a.out.Replay
	switch {
	case claim.State == idempotency.Granted:
		a.grant = grant{once: o, key: first, fence: claim.Fence}
		a.start()
	case a.out.Altered && o.opts.Strict:
		a.end(Conflict, nil)
		wire.Answer(a.w.w, http.StatusConflict, "Known delivery id with another body")
	case claim.State == idempotency.Done:
		a.end(Duplicate, nil)
		wire.Answer(a.w.w, http.StatusOK, wire.Duplicate)
	default:
		a.end(Busy, nil)
		// A store's clock may have been set back: no lease is longer.
		wire.Later(a.w.w, min(claim.RetryAfter, o.opts.Lease))
	}
}

// bind returns the key under which the signed content first came to this
// endpoint. In a chain of several Once layers the outermost alone binds: the
// others would find its key, and wait for it.
func (a *attempt) bind(key idempotency.Key) (first idempotency.Key, err error) {
	o, d := a.once, a.out.Delivery
	inner := a.outer != nil && a.outer.once.endpoint.name == o.endpoint.name
	if o.guard == nil || inner || d.ContentDigest == [32]byte{} {
		return key, nil
	}
	window := replayWindow(o.opts.ReplayWindow, d.Tolerance)
	ctx := a.storeContext()
	err = call(ctx, func() (err error) {
		first, err = o.guard.Bind(ctx, replayDigest(o.endpoint.name, d), key, window)
		return err
	})
	return first, err
}

// replayDigest stands for the signed content at an endpoint: endpoints and
// tenants that share a secret must not take each other's deliveries for replays.
func replayDigest(endpoint string, d *hooklatch.Delivery) [32]byte {
	buf := append(make([]byte, 0, 256), d.ContentDigest[:]...)
	for _, s := range [...]string{endpoint, d.Tenant} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	return sha256.Sum256(buf)
}

// replayWindow returns the window that is set or, if that is zero, twice the
// tolerance, a second at least.
func replayWindow(set, tolerance time.Duration) time.Duration {
	switch {
	case set != 0:
		return set
	case tolerance > math.MaxInt64/2:
		return math.MaxInt64
	}
	return max(2*tolerance, time.Second)
}

// claim asks for the delivery and, while another attempt holds it, waits for
// that to end, up to the Wait option.
func (a *attempt) claim(req *idempotency.Request) (idempotency.Claim, error) {
	c, err := a.claimNow(req)
	if err != nil || c.State != idempotency.InFlight {
		return c, err
	}
	wait, ok := a.once.endpoint.waiting.join(req.Key)
	if !ok {
		return c, nil
	}
	defer wait.leave()
	a.giveUpPlace()
	deadline := time.NewTimer(a.once.opts.Wait)
	defer deadline.Stop()
	for pause := 25 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		// An end between a claim and the wait for it must not be missed:
		// ask to be told first, then claim again.
		ended := wait.ended()
		c, err = a.claimNow(req)
		if err != nil || c.State != idempotency.InFlight {
			return c, err
		}
		poll := time.NewTimer(min(pause/2+rand.N(pause), max(c.RetryAfter, time.Millisecond)))
		select {
		case <-ended:
		case <-poll.C:
		case <-deadline.C:
			poll.Stop()
			return a.claimNow(req)
		case <-a.r.Context().Done():
			poll.Stop()
			return c, nil
		}
		poll.Stop()
	}
}

// claimNow asks the store once.
func (a *attempt) claimNow(req *idempotency.Request) (c idempotency.Claim, err error) {
	// This process may know that the delivery has taken effect, and the store
	// not yet.
	completing := idempotency.Claim{State: idempotency.InFlight, Fingerprint: req.Fingerprint, RetryAfter: time.Second}
	if _, known := a.once.endpoint.completing.get(req.Key); known {
		return completing, nil
	}
	ctx := a.storeContext()
	err = call(ctx, func() (err error) {
		c, err = a.once.store.Claim(ctx, *req)
		return err
	})
	if err == nil && (c.State < idempotency.Granted || c.State > idempotency.Done) {
		err = errors.New("the store answered a claim with no valid state")
	}
	if err == nil && c.State == idempotency.Granted && a.once.endpoint.completing.adopt(grant{a.once, req.Key, c.Fence}) {
		return completing, nil
	}
	return c, err
}

// giveUpPlace lets another delivery be worked on while this one waits.
func (a *attempt) giveUpPlace() {
	if a.flow == nil {
		return
	}
	if a.place = a.flow.limit.Swap(nil); a.place != nil {
		a.place.leave()
	}
}

// newOwner returns a number that no other request has.
func newOwner() (owner [16]byte) {
	_, _ = crand.Read(owner[:]) // it never fails
	return owner
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fingerprint tells one body of a delivery id from another: its length and two
// checksums of different polynomials, 64 bits between them.
//
// It is no cryptographic digest, which would double the cost of a large
// delivery: the signature has proved that the provider wrote the body, and all
// that is left to notice is a provider that uses an id twice. An attacker who
// could make two genuine bodies collide would gain that the log is silent.
func fingerprint(body []byte) (f [32]byte) {
	binary.BigEndian.PutUint64(f[:], uint64(len(body)))
	binary.BigEndian.PutUint32(f[8:], crc32.ChecksumIEEE(body))
	binary.BigEndian.PutUint32(f[12:], crc32.Checksum(body, castagnoli))
	return f
}

const (
	mostWaitersPerKey = 32
	mostWaiters       = 1024
)

// A waitlist tells those who wait for a claim in flight at once that it has
// ended, if it ended in this process. The zero waitlist is empty.
type waitlist struct {
	mu      sync.Mutex
	waiting map[idempotency.Key]*waitedFor
	all     int
}

// A waitedFor is a claim that others wait for. It exists only while they do.
type waitedFor struct {
	ended   chan struct{}
	waiters int
}

// wake tells all who wait for key that its claim has ended.
func (l *waitlist) wake(key idempotency.Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.waiting[key]; c != nil {
		close(c.ended)
		c.ended = make(chan struct{})
	}
}

// A waiter is one attempt that waits.
type waiter struct {
	list  *waitlist
	key   idempotency.Key
	claim *waitedFor
}

// join starts to wait for key, unless too many do; leave must be called in the
// end.
func (l *waitlist) join(key idempotency.Key) (waiter, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.waiting[key]
	if l.all == mostWaiters || c != nil && c.waiters == mostWaitersPerKey {
		return waiter{}, false
	}
	if c == nil {
		c = &waitedFor{ended: make(chan struct{})}
		if l.waiting == nil {
			l.waiting = make(map[idempotency.Key]*waitedFor)
		}
		l.waiting[key] = c
	}
	c.waiters++
	l.all++
	return waiter{l, key, c}, true
}

// ended returns a channel that is closed when the claim now in flight ends.
func (w waiter) ended() <-chan struct{} {
	w.list.mu.Lock()
	defer w.list.mu.Unlock()
	return w.claim.ended
}

func (w waiter) leave() {
	w.list.mu.Lock()
	defer w.list.mu.Unlock()
	w.list.all--
	if w.claim.waiters--; w.claim.waiters == 0 {
		delete(w.list.waiting, w.key)
	}
}
