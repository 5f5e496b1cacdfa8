// Package slab is a bounded [idempotency.Store] in memory for many ids: a table
// that takes some 90 bytes for each, as many again for a seal, and that the
// garbage collector has nothing to look at in.
//
// # Which of the two
//
// Package lru and this one keep the same promises, with the same options and
// the same statistics. Both forget the oldest deliveries first when they are
// full, serve one process and lose what they know when it ends. What package
// lru says about that and about how large to make a store goes for this one
// too.
//
// Start with package lru: it builds on a library that has been in wide use for
// years, and with a hundred thousand ids or fewer the difference is small. Take
// this one
//
//   - if the store is to hold a million ids or more. Package lru takes twice
//     the memory for them, and each collection has to follow all of its
//     pointers: hundreds of milliseconds of processor time for every million,
//     where this one costs two or three.
//   - if deliveries come so fast that it tells whether a claim and its
//     completion take half a microsecond or a whole one.
//
// It has one drawback: memory that it has taken stays taken. Entries that make
// room, or that expire, are used again for those that come, but are not given
// back while the store lives.
//
// # How it is made
//
// A store has up to 64 parts with a lock each. In each, entries of fixed size
// lie in chunks and refer to each other by number; a hash index of pages leads
// to them. It grows by a chunk or by the split of a page, mostly 8 to 18 KiB at a
// time, so that no call waits while a large table is copied. The index is hashed with
// a random seed: whoever chooses ids can't make them crowd one place.
//
// Claims in flight have entries of the same kind. They are not counted in the
// capacity and are never evicted.
//
// # Abandoned claims
//
// A claim whose lease has run out stays its holder's until another takes over,
// so that a late Complete still counts. If neither happens within a day of the
// lease's end, the claim is forgotten, and a Complete after that returns
// [idempotency.ErrLost]. Forgetting is done by later claims; the package starts
// no goroutine.
package memory
