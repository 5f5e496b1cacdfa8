package main

import (
	"os"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/internal/testserver"
)

// TestMain makes the test binary a receiver where it is started as one.
func TestMain(m *testing.M) {
	if os.Getenv(replicaVar) != "" {
		exit(replica())
	}
	os.Exit(m.Run())
}

// TestReplicas: three receivers share a store, and 2,000 events arrive five
// times each in random order, while handlers fail and receivers are killed.
// show returns an error if an event was lost, or took effect more than once
// where it must not.
func TestReplicas(t *testing.T) {
	for _, tt := range []struct {
		name, store string
		kills       int
	}{
		{"PostgreSQL", "postgres", 40},
		{"Redis without kills", "redis", 0},
		{"Redis", "redis", 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testserver.Need(t, tt.store)
			var out strings.Builder
			err := show(t.Context(), &out, tt.store, storm{ids: 2000, copies: 5, senders: 32, kills: tt.kills})
			t.Log(out.String())
			if err != nil {
				t.Error(err)
			}
		})
	}
}
