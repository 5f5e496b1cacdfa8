package idempotency

import (
	"context"
	"errors"
	"time"
)

// ErrLost is what Extend, Complete and Release return when the claim they
// speak of is not theirs: another holder took over after the lease ran out, or
// the claim has ended. Test for it with errors.Is.
var ErrLost = errors.New("idempotency: claim lost")

// A State is the answer to a Claim.
type State uint8

// The answers to a Claim. The zero State is none of them.
const (
	// Granted: the caller holds the claim and must handle the delivery,
	// then Complete or Release.
	Granted State = iota + 1

	// InFlight: somebody else holds the claim.
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
	// request). It makes it safe to send a Claim again whose answer was
	// lost: the second gets the same claim, not "in flight".
	Owner [16]byte

	// Fingerprint tells one body from another, and is kept with the claim
	// and given back to later claimants: the same id with another body is
	// noticed. It is no cryptographic digest.
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
	// is InFlight, and more than zero then; zero otherwise.
	RetryAfter time.Duration
}

// A Store remembers which deliveries are being handled and which are done. It
// is what makes a delivery take effect once however often it is sent.
//
// Each key is in one of three states: unknown, in flight (claimed, under a
// lease and a fence) or done (until its retention runs out). Each method is
// atomic; of any calls for one key that overlap, the outcome is as if they had
// come one after the other. All methods are safe for concurrent use.
//
// When a call can't be carried out within its context, or at all, it returns
// an error and, from Claim, the zero Claim. It must never answer Granted on a
// guess. After such an error the change may or may not have happened.
//
// Durations are counted by the store's own clock, not by the callers'. A store
// may round them up to its clock's precision, never down.
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
	// Else the answer is InFlight or Done. Neither changes anything: a
	// duplicate extends neither the lease nor the retention.
	//
	// A claim in flight is never dropped to make room for others.
	Claim(ctx context.Context, r Request) (Claim, error)

	// Extend lets the lease run from now on for the given time, which must
	// be positive. It also revives a lease that has run out if nobody has
	// taken over. It returns ErrLost if the key is not in flight under this
	// fence.
	Extend(ctx context.Context, key Key, fence uint64, lease time.Duration) error

	// Complete marks the key done and remembers it for retain, which must
	// be positive. It works too after the lease has run out if nobody has
	// taken over. To complete again under the same fence is no error and
	// changes nothing. It returns ErrLost if the key is neither in flight
	// nor done under this fence.
	Complete(ctx context.Context, key Key, fence uint64, retain time.Duration) error

	// Release gives the claim up: the next Claim is Granted at once. It
	// returns ErrLost if the key is not in flight under this fence.
	Release(ctx context.Context, key Key, fence uint64) error
}

// A ReplayGuard is a [Store] that also recognises replays of providers that
// sign a timestamp but not the delivery id: within the time tolerance a captured
// request can be sent again under a new id, and its signature still matches. The
// Once layer looks for this interface on its store.
type ReplayGuard interface {
	// Bind returns the first key that was bound to the digest within the
	// ttl, and binds key if none was. A second Bind does not refresh the
	// ttl, which must be positive and is counted from the first call. The
	// digest stands for signed content and an endpoint; it is never zero.
	Bind(ctx context.Context, digest [32]byte, key Key, ttl time.Duration) (Key, error)
}

// ErrInFlight is what Forget returns while a claim holds the key. Test for it
// with errors.Is.
var ErrInFlight = errors.New("idempotency: claim in flight")

// A Forgetter is a [Store] whose completed marks can be taken back, so that a
// delivery that was acknowledged by mistake can take effect after all: some
// senders' "redeliver" keeps the delivery id.
type Forgetter interface {
	// Forget makes a key that is done unknown: the next Claim is Granted,
	// under a higher fence than any before. It reports whether there was a
	// mark to forget; forgetting an unknown key is no error. It returns
	// ErrInFlight, and changes nothing, while a claim holds the key, even
	// one whose lease has run out: its holder may still complete it.
	Forget(ctx context.Context, key Key) (bool, error)
}
