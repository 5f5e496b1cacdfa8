// Package lru is a bounded [idempotency.Store] in memory, and the one to start
// with: it needs no server and forgets the oldest deliveries first when it is
// full.
//
// # One process
//
// What it remembers is gone when the process ends, and no other process sees
// it. If a provider's deliveries can reach several replicas, or must not be
// handled again after a restart, use a shared store: each replica with a store
// of its own would handle the same delivery once.
//
// # How large
//
// A delivery is told apart from a new one for as long as it is remembered, so
// the capacity should hold the deliveries completed within one retention:
//
//	capacity = deliveries per second × retention in seconds × 1.1
//
// The tenth on top is for the shards, which do not fill evenly. One delivery a
// second, remembered for 72 hours, needs 285,000 entries, of some 190 bytes
// each. Memory is taken as entries come, not in advance. When the store is
// full, completing one delivery forgets the one completed longest ago (of its
// shard). If its retention has not run out, its next duplicate will be handled
// as new: [Stats].Evicted counts these, and should stay at zero.
//
// A duplicate does not make its entry younger. The order of eviction is that
// of completion, whatever is asked for in between: a provider's retries come
// soon or not at all, so the oldest entry is the one least likely to be asked
// for, and a sender that repeats one old delivery can't push out newer ones.
//
// Claims in flight are not counted in the capacity and are never evicted. There
// are as many as callers hold; bound those with a limit on concurrent
// deliveries.
//
// For a million ids and more there is package memory: it keeps the same promises
// in half the memory, and the garbage collector has nothing to look at in it.
//
// # Abandoned claims
//
// A claim whose lease has run out stays its holder's until another takes over,
// so that a late Complete still counts. If neither happens within a day of the
// lease's end, the claim is forgotten, and a Complete after that returns
// [idempotency.ErrLost]. Forgetting is done by later claims; the package starts
// no goroutine.
package lru
