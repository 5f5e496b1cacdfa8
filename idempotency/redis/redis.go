package redis

import "github.com/redis/go-redis/v9"

const defaultPrefix = "hooklatch:"

// Options are what a [Store] can be told. The zero value is useful.
type Options struct {
	// Prefix begins all keys of the store; empty means "hooklatch:". Stores
	// with different prefixes know nothing of each other: all replicas of a
	// receiver need the same.
	Prefix string
}

// A Store is an [idempotency.Store] and [idempotency.ReplayGuard] on a Redis or
// Valkey server, or on a cluster of them. Make one with [New]. All its methods
// are safe for concurrent use.
//
// Its errors other than ErrLost wrap those of the client or of the context, but
// for durations that are not positive.
type Store struct {
	client   redis.Scripter
	punctual bool   // the client ends its calls by their context's deadline
	claims   string // what the keys of claims begin with
	seals    string // and those of seals
}

// New returns a store that makes its calls through client: a [redis.Client], a
// [redis.ClusterClient], or an auto-pipeliner of either. Nil options mean the
// defaults. New makes no call itself. The client stays the caller's, to close
// it when the store is no longer used.
//
// Set the client's ContextTimeoutEnabled. Calls end with their context without
// it too, but each then costs a goroutine, which waits for as long as the
// client's own time-outs and retries take.
//
// New panics if client is nil, or a [redis.Ring]: a ring asks another server
// while one is down, which knows nothing of what is in flight and done.
func New(client redis.Scripter, o *Options) *Store {
	s := &Store{client: client}
	switch c := client.(type) {
	case nil:
		panic("redis: New: nil client")
	case *redis.Ring:
		panic("redis: New: a Ring forgets what is done when a server of it is down")
	case *redis.Client:
		s.punctual = c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		s.punctual = c.Options().ContextTimeoutEnabled
	}
	prefix := defaultPrefix
	if o != nil && o.Prefix != "" {
		prefix = o.Prefix
	}
	s.claims, s.seals = prefix+"claim:", prefix+"seal:"
	return s
}
