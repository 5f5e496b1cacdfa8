package endpointtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/middleware/endpointtest"
)

func TestCheck(t *testing.T) {
	for name, newStore := range map[string]func() idempotency.Store{
		"lru":    func() idempotency.Store { return lru.New(nil) },
		"memory": func() idempotency.Store { return memory.New(nil) },
		"fail-open": func() idempotency.Store {
			return idempotency.FailOpen(lru.New(nil), memory.New(nil), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, elsewhere := newStore(), newStore()
			for range 2 { // the second time, over stores that have been used
				if err := endpointtest.Check(store, elsewhere); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// forgetful takes no endpoint for another, nor anything else for anything.
type forgetful struct{ idempotency.Store }

func (s forgetful) Complete(ctx context.Context, key idempotency.Key, fence uint64, _ time.Duration) error {
	return s.Release(ctx, key, fence)
}

// half is a store that keeps no more than a part of a key that is the same for
// all: it takes every delivery for one.
type half struct{ idempotency.Store }

func (s half) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	r.Key = idempotency.Key{}
	return s.Store.Claim(ctx, r)
}

func (s half) Complete(ctx context.Context, _ idempotency.Key, fence uint64, retain time.Duration) error {
	return s.Store.Complete(ctx, idempotency.Key{}, fence, retain)
}

func (s half) Release(ctx context.Context, _ idempotency.Key, fence uint64) error {
	return s.Store.Release(ctx, idempotency.Key{}, fence)
}

// TestCheckFails: the check catches what it is for.
func TestCheckFails(t *testing.T) {
	shared := lru.New(nil)
	for name, tt := range map[string]struct {
		store, elsewhere idempotency.Store
		says             string
	}{
		"forgets":              {forgetful{lru.New(nil)}, lru.New(nil), "two replicas of an endpoint: the second replica: answer 200"},
		"keys collide":         {half{lru.New(nil)}, lru.New(nil), "two endpoints"},
		"services not apart":   {shared, shared, "two services: the second service: answer 200"},
		"no guard for replays": {struct{ idempotency.Store }{lru.New(nil)}, lru.New(nil), "a replay under another id"},
	} {
		err := endpointtest.Check(tt.store, tt.elsewhere)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: the check says %v, want %q", name, err, tt.says)
		}
	}
}

// A store of your own is checked like this, in a test.
func ExampleCheck() {
	err := endpointtest.Check(lru.New(nil), lru.New(nil))
	fmt.Println(err)
	// Output:
	// <nil>
}
