package histories

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

// A Lossy store loses calls on the way to the store within, and answers on the
// way back.
type Lossy struct {
	idempotency.Store

	mu    sync.Mutex
	rand  *rand.Rand
	rates []int         // of a thousand calls; one holds for a spell
	spell time.Duration // 0: there is one rate
	start time.Time
	drawn map[int64]int // by spell
}

// NewLossy returns a store that loses rate of a thousand calls, and of as many
// the answers. It binds and forgets if the store within does, and must not be
// asked to otherwise.
func NewLossy(s idempotency.Store, rate int, seed uint64) *Lossy {
	return NewOutages(s, 0, seed, rate)
}

// NewOutages returns a lossy store whose rate is drawn anew for each spell.
func NewOutages(s idempotency.Store, spell time.Duration, seed uint64, rates ...int) *Lossy {
	return &Lossy{
		Store: s, rand: rand.New(rand.NewPCG(seed, 1)), rates: rates, spell: spell,
		start: time.Now(), drawn: make(map[int64]int),
	}
}

// draw returns how a call fares: lost, its answer lost, or neither.
func (l *Lossy) draw() (call, answer bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	spell := int64(0)
	if l.spell > 0 {
		spell = int64(time.Since(l.start) / l.spell)
	}
	rate, ok := l.drawn[spell]
	if !ok {
		rate = l.rates[l.rand.IntN(len(l.rates))]
		l.drawn[spell] = rate
	}
	p := l.rand.IntN(1000)
	return p < rate, p < 2*rate
}

var errLost = errors.New("histories: lost on the way")

// lose makes a call that may get lost.
func lose[T any](l *Lossy, do func() (T, error)) (T, error) {
	var zero T
	call, answer := l.draw()
	if call {
		return zero, errLost
	}
	v, err := do()
	if answer {
		return zero, errLost
	}
	return v, err
}

// lose1 is for the methods that return an error only.
func (l *Lossy) lose1(do func() error) error {
	_, err := lose(l, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// Claim implements [idempotency.Store].
func (l *Lossy) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	return lose(l, func() (idempotency.Claim, error) { return l.Store.Claim(ctx, r) })
}

// Extend implements [idempotency.Store].
func (l *Lossy) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	return l.lose1(func() error { return l.Store.Extend(ctx, key, fence, lease) })
}

// Complete implements [idempotency.Store].
func (l *Lossy) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	return l.lose1(func() error { return l.Store.Complete(ctx, key, fence, retain) })
}

// Release implements [idempotency.Store].
func (l *Lossy) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	return l.lose1(func() error { return l.Store.Release(ctx, key, fence) })
}

// Forget implements [idempotency.Forgetter].
func (l *Lossy) Forget(ctx context.Context, key idempotency.Key) (bool, error) {
	return lose(l, func() (bool, error) { return l.Store.(idempotency.Forgetter).Forget(ctx, key) })
}

// Bind implements [idempotency.ReplayGuard].
func (l *Lossy) Bind(ctx context.Context, digest [32]byte, key idempotency.Key, ttl time.Duration) (idempotency.Key, error) {
	return lose(l, func() (idempotency.Key, error) {
		return l.Store.(idempotency.ReplayGuard).Bind(ctx, digest, key, ttl)
	})
}
