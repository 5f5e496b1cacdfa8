package idempotency

import (
	"context"
	"errors"
	"time"
)

// ErrLost is returned by Extend, Complete and Release when the caller does not
// hold the claim: another holder took over after the lease ran out, or the
// claim has ended. Test for it with errors.Is.
var ErrLost = errors.New("idempotency: claim lost")

// A State is the answer to a Claim.
type State uint8

// The answers to a Claim. The zero State is not an answer.
const (
	// Granted: the caller holds the claim and must handle the delivery,
	// then Complete or Release.
	Granted State = iota + 1

	// InFlight: another holder has the claim.
	InFlight

	// Done: the delivery has taken effect.
	Done
)

// String returns "granted", "in-flight" or "done".
func (s State) String() string {
	switch s {
	case Granted:
		return "granted"
	case InFlight:
		return "in-flight"
	case Done:
		return "done"
	}
	return "invalid"
}

// A Request asks for the right to handle one delivery.
type Request struct {
	// Key names the delivery; see [NewKey].
	Key Key

	// Owner is fresh for each attempt to handle the delivery (each HTTP
	// request). It makes a Claim whose answer was lost safe to send again:
	// the second one gets the same claim, not "in flight".
	Owner [16]byte

	// Fingerprint tells one body from another. The store keeps it with the
	// claim and returns it to later claimants, which notice so when an id
	// comes with another body. It need not be a cryptographic digest.
	Fingerprint [32]byte

	// Lease is for how long the claim holds unless it is extended. It must
	// be positive.
	Lease time.Duration
}

// A Claim is a store's answer to a [Request].
type Claim struct {
	State State

	// Fence numbers the grant: each for a key is higher than all before it.
	// Zero unless the State is Granted.
	Fence uint64

	// Fingerprint is that of the request that made the claim in flight or
	// done; the request's own if Granted.
	Fingerprint [32]byte

	// RetryAfter is the time until the holder's lease runs out if the State
	// is InFlight, and more than zero then; zero otherwise. It is never
	// longer than the lease.
	RetryAfter time.Duration
}

// A Store remembers which deliveries are being handled and which are done, so
// that each takes effect once however often it is sent.
//
// Each key is in one of three states: unknown, in flight (claimed, under a
// lease and a fence) or done (until its retention runs out). Each method is
// atomic: calls for one key that overlap have the same outcome as if they had
// come one after the other. All methods are safe for concurrent use.
//
// When a call can't be carried out within its context, or at all, it returns
// an error and, from Claim, the zero Claim. It must never answer Granted on a
// guess. After such an error the change may or may not have happened.
//
// # Time
//
// A store counts durations by its own clock, not by its callers'. It may round
// them up to the clock's precision, never down. Any positive duration is valid,
// the longest too: math.MaxInt64 nanoseconds are 292 years.
//
// An operator, or a failover to another machine, can set that clock while
// claims are in flight:
//
//   - Back. No lease grows by it: a Claim that finds more time left than the
//     holder last asked for counts that lease anew. So a claim whose holder has
//     died can be taken over one lease after the first Claim that follows the
//     step. Retentions and ttls may last longer, by the step.
//   - Forward. Leases, retentions and ttls may end early, by the step. Two
//     holders can then handle one delivery at the same time, and one that was
//     done can be handled again. Fences rise over the step all the same: the
//     first holder's Extend, Complete and Release return ErrLost once another
//     has taken over.
//
// Package storetest checks an implementation against all of this.
type Store interface {
	// Claim asks for the right to handle r.Key.
	//
	// It is Granted, under a higher fence than any before it for the key,
	// if the key is unknown, has been released, is done but its retention
	// has run out, or is in flight but its lease has run out. Of any number
	// of concurrent Claims one is Granted.
	//
	// If the claim is in flight and its holder is r.Owner itself, the
	// answer is Granted again with the same fence, and the lease is counted
	// anew.
	//
	// Otherwise the answer is InFlight or Done. Neither changes anything: a
	// duplicate extends neither the lease nor the retention.
	//
	// A claim in flight is never dropped to make room for others.
	Claim(ctx context.Context, r Request) (Claim, error)

	// Extend lets the lease run from now on for the given time, which must
	// be positive. It also revives a lease that has run out, unless another
	// holder took over. It returns ErrLost if the key is not in flight
	// under this fence.
	Extend(ctx context.Context, key Key, fence uint64, lease time.Duration) error

	// Complete marks the key done and remembers it for retain, which must
	// be positive. It also works after the lease has run out, unless
	// another holder took over. To complete again under the same fence is
	// no error and changes nothing. It returns ErrLost if the key is
	// neither in flight nor done under this fence.
	Complete(ctx context.Context, key Key, fence uint64, retain time.Duration) error

	// Release gives the claim up: the next Claim is Granted at once. It
	// returns ErrLost if the key is not in flight under this fence.
	Release(ctx context.Context, key Key, fence uint64) error
}
