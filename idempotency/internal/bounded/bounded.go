// Package bounded has what the bounded stores in memory share: sizes, times
// and the checks of a call.
package bounded

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"time"
)

const (
	// AbandonedAfter is how long after its lease a claim may still be
	// completed, unless another holder takes over.
	AbandonedAfter = 24 * time.Hour

	// SweepEvery bounds the cost of looking for abandoned claims: one pass
	// over a shard's claims in flight in this time.
	SweepEvery = time.Hour
)

const (
	defaultCapacity = 100_000

	// maxShards keeps the wait for a lock short on many cores. A shard of
	// fewer than minPerShard entries would fill too unevenly: a small store
	// has one, and evicts in exact order.
	maxShards   = 64
	minPerShard = 1024
)

// Sizes returns the sizes that the options of package pkg stand for, and the
// number of shards for them, a power of two. It panics if one is negative.
func Sizes(pkg string, capacity, bindings int) (int, int, int) {
	if capacity < 0 || bindings < 0 {
		panic(fmt.Sprintf("%s: negative option: Capacity %d, Bindings %d", pkg, capacity, bindings))
	}
	if capacity == 0 {
		capacity = defaultCapacity
	}
	if bindings == 0 {
		bindings = capacity
	}
	n := 1
	for n < maxShards && min(capacity, bindings)/(2*n) >= minPerShard {
		n *= 2
	}
	return capacity, bindings, n
}

// Share is the i-th of n parts of total; the parts add up to it.
func Share(total, n, i int) int {
	if i < total%n {
		return total/n + 1
	}
	return total / n
}

// After returns the time d after now, or the last time there is.
func After(now int64, d time.Duration) int64 {
	if int64(d) > math.MaxInt64-now {
		return math.MaxInt64
	}
	return now + int64(d)
}

// Check refuses, for package pkg, an ended context and a duration that is not
// positive.
func Check(ctx context.Context, pkg, name string, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("%s: %s must be positive, not %v", pkg, name, d)
	}
	return nil
}

// A Digest stands for a Key, or for the digest of a Bind: its first half. Both
// are SHA-256 digests, and half of one is as good as a 128-bit hash: among a
// million entries a new one meets an equal one with a chance of 2⁻¹⁰⁸, and to
// make two that meet takes 2⁶⁴ tries, each for an id that the provider has to
// sign.
type Digest [16]byte

// Shard returns which of n shards, a power of two, x belongs to, a Key or a
// digest, and what stands for it there. The seed is the store's own: a sender can
// choose ids whose digests begin alike, but not ids that crowd one shard.
func Shard(seed maphash.Seed, n int, x [32]byte) (int, Digest) {
	d := Digest(x[:16])
	return int(maphash.Bytes(seed, d[:]) & uint64(n-1)), d
}
