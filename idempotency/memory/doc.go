// Package memory is a bounded [idempotency.Store] in the memory of one process,
// for many deliveries: a million and more of them cost some 120 bytes each, and
// the garbage collector no time.
//
// # Which store
//
// This package and package lru keep the same promises, with the same options
// and the same statistics. Package lru says what a store in memory is good for
// and how large to make it. Up to some hundred thousand deliveries the two
// differ little. Choose this one
//
//   - for a million deliveries or more. Package lru takes half as much memory
//     again, and each garbage collection follows all of its pointers: tens of
//     milliseconds of processor time for a million entries, where this package
//     costs a few.
//   - where deliveries arrive so fast that one allocation for each matters.
//     This store allocates next to nothing once it is full.
//   - to keep the module free of dependencies: package lru needs golang-lru.
//
// It has one drawback: it keeps the memory that it has taken. Entries that
// expire or make room are used again for new ones, but are not returned to the
// system while the store lives.
//
// # Abandoned claims
//
// A claim whose lease has run out stays its holder's until another takes over,
// so that a late Complete still counts. If neither happens within a day of the
// lease's end, a later claim clears it away, and a Complete after that returns
// [idempotency.ErrLost]. The package starts no goroutine.
package memory
