// Package lru is a bounded [idempotency.Store] in memory, and the one to start
// with: it needs no server, and forgets the oldest deliveries first when it is
// full.
//
// # One process
//
// A store's memory ends with its process, and no other process sees it. Use a
// shared store if a provider's deliveries can reach several replicas, or must
// not be handled again after a restart: replicas with a store each would each
// handle the same delivery once.
//
// Package memory keeps the same promises, and is better for a million
// deliveries or more: it takes two thirds of the memory for each and costs the
// garbage collector nothing. This package builds on golang-lru, which has been
// in wide use for years, and returns memory as entries expire.
//
// # How large
//
// A store tells a duplicate from a new delivery for as long as it remembers the
// first, so the capacity should hold the deliveries completed within one
// retention:
//
//	capacity = deliveries per second × retention in seconds × 1.1
//
// The tenth on top is for the shards, which do not fill evenly. One delivery a
// second, remembered for 72 hours, needs 285,000 entries, of some 190 bytes
// each. Memory is taken as entries come, not in advance. When the store is
// full, each completion forgets the delivery completed longest ago (in its
// shard). If its retention has not run out, the next duplicate is handled as
// new: [Stats].Evicted counts these, and should stay at zero.
//
// A duplicate does not make its entry younger. Entries are evicted in the order
// of their completion, whatever is asked for in between: a provider's retries
// come soon or not at all, so the oldest entry is the one least likely to be
// asked for, and a sender that repeats one old delivery can't push out newer
// ones.
//
// Claims in flight do not count towards the capacity and are never evicted.
// There are as many as callers hold; a limit on concurrent deliveries bounds
// them.
//
// # Abandoned claims
//
// A claim whose lease has run out stays its holder's until another takes over,
// so that a late Complete still counts. If neither happens within a day of the
// lease's end, a later claim clears it away, and a Complete after that returns
// [idempotency.ErrLost]. The package starts no goroutine.
package lru
