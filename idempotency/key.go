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

// NewKey returns the key of a provider's delivery id for a tenant; the tenant
// is empty where there is only one. The parts are length-prefixed before they
// are hashed (SHA-256): no two different triples share a key.
func NewKey(provider, tenant, id string) Key {
	// Ids are at most a few hundred bytes: one buffer on the stack holds
	// nearly all of them.
	buf := make([]byte, 0, 512)
	for _, s := range [...]string{provider, tenant, id} {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	return sha256.Sum256(buf)
}

// String returns the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }
