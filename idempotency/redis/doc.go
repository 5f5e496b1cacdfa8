// Package redis is an [idempotency.Store] on Redis or Valkey, for receivers that
// run as several processes or must remember over a restart.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379", ContextTimeoutEnabled: true})
//	store := hookredis.New(client, "orders", nil)
//
// It takes any client of go-redis that runs scripts, for a single server, one
// behind Sentinel or a cluster; only a Ring is refused. Redis 5 or later will
// do, and every Valkey. Each call is one script with one key: one round trip. A
// duplicate writes nothing.
//
// There is nothing to set up and nothing to migrate. All keys begin with the
// namespace of the store, which services on one server need to be different,
// and all expire by themselves:
//
//	hooklatch:orders:claim:<key>       in flight: a day after its lease; done: with
//	                                   its retention; released or forgotten: an hour
//	hooklatch:orders:digest:<digest>   with its ttl
//
// A completed delivery takes some 300 bytes of the server's memory. A claim
// whose lease has run out stays its holder's until another takes over, so that
// a late Complete still counts; after a day it is dropped, and a Complete then
// returns [idempotency.ErrLost].
//
// # What the server must be set to
//
//   - maxmemory-policy noeviction, the default. Any other lets a full server
//     drop claims and completed deliveries, which then take effect again. With
//     noeviction it refuses new claims, and the sender tries again later. Claims
//     in flight are extended, completed, released and forgotten on a full server
//     too, and duplicates are told what they are.
//   - Persistence, as far as a restart may not forget. With appendonly yes and
//     appendfsync always, what was answered is there after a crash. With
//     everysec, the last second or two is not: deliveries completed then take
//     effect again if they are sent again. Without persistence, all are.
//   - stop-writes-on-bgsave-error as you like. Where a failed snapshot stops the
//     server's writes (MISCONF), or too few replicas do (NOREPLICAS), it refuses
//     every write: nothing can be claimed, completed or released until it is
//     mended. The layers above complete what has taken effect later.
//
// # Time
//
// Leases, retentions and ttls are counted by the server's clock, and no other is
// asked: replicas whose clocks differ behave. When an operator sets that clock,
// or a failover leads to a server with another:
//
//   - Back: no lease grows. The first Claim that finds more time left than the
//     holder has asked for counts the lease anew, from then on. Retentions and
//     ttls last longer, by the step.
//   - Forward: leases end early, by the step. A duplicate that comes before the
//     holder's next renewal is granted beside it: both handlers run. The first
//     holder gets ErrLost from its next call. Retentions and ttls end early too,
//     and after a step of more than a day a holder's late Complete is lost. Let
//     NTP slew the clock, and step it only while the server starts.
//
// Fences are made from the server's clock. They rise for as long as the key is
// there, whatever the clock does. When a key has expired, or a failover has
// lost it, a clock that was set back since gives a lower fence than before. The
// store itself compares fences for equality only, and needs no order.
//
// # What a failover can lose
//
// Replication is asynchronous, with Sentinel and in a cluster: a replica that is
// made the primary may lack the last writes that were answered. A claim that is
// lost so is granted again while its first holder runs, and a completed mark
// that is lost makes the next duplicate take effect again; nothing is ever
// skipped. The first holder is told ErrLost on its next renewal. Settings such
// as min-replicas-to-write narrow the gap and WAIT can't close it. Where a
// second effect is not bearable, use package postgres and let the effect and
// the mark commit in one transaction, or make the handler safe to repeat.
//
// A primary that was demoted refuses claims (READONLY). The client then drops
// the connection, and finds the new primary where its address leads to.
package redis
