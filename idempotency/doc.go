// Package idempotency says what it takes to handle each delivery once: the
// [Store] contract, the keys and the states. It holds no store. Packages lru and
// slab have one for a single process; a shared one makes several agree.
//
// # Why a claim
//
// To remember an id when it comes, and to drop what is remembered, loses the
// deliveries whose handler fails: the retry is taken for a duplicate. To
// remember it when its handler has ended lets a retry in beside the first. So a
// delivery is claimed before it is handled, completed when it has taken effect
// and released when it has not:
//
//	unknown ──Claim──▶ in flight ──Complete──▶ done ──retention──▶ unknown
//	   ▲                │      ▲│
//	   └────Release─────┘      └┘ lease over, next Claim: a new holder
//
// A holder that dies releases nothing. Its lease runs out, and the next attempt
// takes over under a higher fence. Should the first be alive after all, only
// slow, its fence is too low by then: its Complete is refused with [ErrLost].
//
// # Keys
//
// Get keys from [NewKey]. Stores may count on all of a [Key]'s bits being those
// of a digest: some keep only the first half of them.
//
// # Owners
//
// [Request].Owner must be fresh and unpredictable for each attempt, such as 16
// bytes from crypto/rand. Two attempts that share one, be it the zero Owner,
// would both be granted.
package idempotency
