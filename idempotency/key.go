package idempotency

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// A Key names one delivery in a [Store]: a digest, so that what comes from
// outside can neither grow a store's keys nor collide in them. A key that is not
// made by [NewKey] must be a digest too: a store may keep only a part of it.
type Key [32]byte

// An Identity is what tells one delivery from all others. Nothing in it comes
// from an unsigned part of the request but the ID, where the provider does not
// sign that; see [ReplayGuard].
type Identity struct {
	// Endpoint is the name of the endpoint that receives the delivery. It
	// keeps endpoints apart that share a store, a provider and a secret.
	Endpoint string

	// Provider and Tenant are those of the verified envelope; Tenant is
	// empty where there is only one.
	Provider, Tenant string

	// ID is the delivery id, the same on every retry.
	ID string
}

// NewKey returns the key of a delivery. The parts are length-prefixed before
// they are hashed (SHA-256): no two different identities share a key.
func NewKey(i Identity) Key {
	// Ids are at most a few hundred bytes: one buffer on the stack holds
	// nearly all of them.
	buf := make([]byte, 0, 512)
	for _, s := range [...]string{i.Endpoint, i.Provider, i.Tenant, i.ID} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	return sha256.Sum256(buf)
}

// String returns the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
