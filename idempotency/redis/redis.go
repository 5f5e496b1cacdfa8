package redis

import (
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Options are the optional settings of a [Store]. There are none yet: pass nil.
type Options struct{}

// A Store is an [idempotency.Store], an [idempotency.ReplayGuard] and an
// [idempotency.Forgetter] on a Redis or Valkey server, or on a cluster of them.
// Make one with [New]. All its methods are safe for concurrent use.
//
// Its errors wrap ErrLost, ErrInFlight, or those of the client, or say that a
// duration is not positive. One that wraps the context's says what the call was
// waiting for when the context ended.
type Store struct {
	client   redis.Scripter
	punctual bool   // the client ends its calls by their context's deadline
	dials    *dials // nil: the client tells nothing of them
	claims   string // what the keys of claims begin with
	digests  string // and those of what is bound
}

// New returns a store that makes its calls through client: a [redis.Client], a
// [redis.ClusterClient], or an auto-pipeliner of either. Nil options mean the
// defaults. New makes no call itself. The client stays the caller's, to close
// it when the store is no longer used. New adds a hook to it, which notes how
// its attempts to connect end.
//
// The namespace stands in all keys, after "hooklatch:". Stores with different
// namespaces know nothing of each other, and all replicas of a service need the
// same. It is made of at most 64 ASCII letters, digits, underscores, hyphens
// and dots.
//
// Set the client's ContextTimeoutEnabled. Calls end with their context without
// it too, but each then costs a goroutine, which waits for as long as the
// client's own time-outs and retries take.
//
// New panics if the namespace is not such a one, or if client is nil or a
// [redis.Ring]: a ring asks another server while one is down, which knows
// nothing of what is in flight and done.
func New(client redis.Scripter, namespace string, _ *Options) *Store {
	if !usableName(namespace) {
		panic(fmt.Sprintf("redis: New: unusable namespace %q", namespace))
	}
	prefix := "hooklatch:" + namespace + ":"
	s := &Store{client: client, claims: prefix + "claim:", digests: prefix + "digest:"}
	switch c := client.(type) {
	case nil:
		panic("redis: New: nil client")
	case *redis.Ring:
		panic("redis: New: a Ring forgets what is done when a server of it is down")
	case *redis.Client:
		s.punctual = c.Options().ContextTimeoutEnabled
		s.dials = new(dials)
		c.AddHook(s.dials)
	case *redis.AutoPipeliner:
		s.dials = new(dials)
		c.AddHook(s.dials)
	case *redis.ClusterClient:
		s.punctual = c.Options().ContextTimeoutEnabled
		s.dials = new(dials)
		c.OnNewNode(func(node *redis.Client) { node.AddHook(s.dials) })
	}
	return s
}

func usableName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && c != '_' && c != '-' && c != '.' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
