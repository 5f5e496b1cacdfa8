// Package idempotency defines what it takes to handle each delivery once: the
// [Store] contract, its keys and its states. It has no store of its own.
// Packages lru and memory have one for a single process; packages redis and
// postgres have one that several processes share.
//
// # Why a claim
//
// A receiver that remembers an id when it arrives loses each delivery whose
// handler fails: the retry looks like a duplicate. One that remembers the id
// when the handler returns lets a retry run beside the first attempt. So a
// delivery is claimed before it is handled, completed when it has taken effect
// and released when it has not:
//
//	unknown ──Claim──▶ in flight ──Complete──▶ done ──retention, Forget──▶ unknown
//	   ▲                │      ▲│
//	   └────Release─────┘      └┘ lease over, next Claim: a new holder
//
// A holder that dies releases nothing. Its lease runs out, and the next attempt
// takes over under a higher fence. If the first holder is alive after all, only
// slow, its fence is too low by then: its Complete is refused with [ErrLost].
//
// # Keys
//
// [NewKey] makes keys. Stores may rely on all bits of a [Key] being those of a
// digest: some keep only the first half of them.
//
// # Owners
//
// [Request].Owner must be fresh and unpredictable for each attempt, such as 16
// bytes from crypto/rand. Two attempts that share an owner, even the zero one,
// would both be granted.
//
// # More than a Store
//
// A store can also be a [ReplayGuard], a [Forgetter] or a [Transactor].
// [FailOpen] combines two stores into one that keeps going without the first.
package idempotency
