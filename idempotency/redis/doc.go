// Package redis is an [idempotency.Store] on Redis or Valkey, for receivers that
// run as several processes or must remember over a restart.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379", ContextTimeoutEnabled: true})
//	store := hookredis.New(client, nil)
//
// It takes any client of go-redis that runs scripts, for a single server, one
// behind Sentinel or a cluster; only a Ring is refused. Redis 5 or later will
// do, and every Valkey. Each call is one script with one key: one round trip.
// Time is the server's, so that the clocks of receivers don't matter.
//
// There is nothing to set up and nothing to migrate. All keys are under a
// prefix, and all expire by themselves:
//
//	hooklatch:claim:<key>   in flight: a day after its lease; done: with its
//	                        retention; released: an hour later
//	hooklatch:seal:<seal>   with its ttl
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
//     noeviction it refuses claims, and the sender tries again later.
//   - Persistence, as far as a restart may not forget. With appendonly yes and
//     appendfsync always, what was answered is there after a crash. With
//     everysec, the last second or two is not: deliveries completed then take
//     effect again if they are sent again. Without persistence, all are.
//
// # What a failover can lose
//
// Replication is asynchronous, with Sentinel and in a cluster: a replica that is
// made the master may lack the last writes that were answered. A claim that is
// lost so is granted again while its first holder runs, and a completed mark
// that is lost makes the next duplicate take effect again; nothing is ever
// skipped. The first holder is told ErrLost on its next renewal. Settings such
// as min-replicas-to-write narrow the gap and WAIT can't close it. Where a
// second effect is not bearable, use package postgres and let the effect and
// the mark commit in one transaction, or make the handler safe to repeat.
//
// Fences are made from the server's clock. They rise for as long as the key is
// there, whatever the clock does. When a key has expired, or a failover has
// lost it, a clock that was put back since gives a lower fence than before. The
// store itself compares fences for equality only, and needs no order.
package redis
