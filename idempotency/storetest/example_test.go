package storetest_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/idempotency/storetest"
)

// The first test of a store: all of the contract. Run wants a *testing.T, so
// this would be a TestStore in the store's package.
func ExampleRun() {
	_ = func(t *testing.T) {
		storetest.Run(t, func(*testing.T) idempotency.Store {
			return lru.New(&lru.Options{Capacity: 64})
		}, &storetest.Options{
			Bubble:   true, // it lives in this process
			Capacity: 64,   // and can be full
		})
	}
}
