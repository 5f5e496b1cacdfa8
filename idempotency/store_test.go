package idempotency_test

import (
	"testing"

	"github.com/hooklatch/hooklatch/idempotency"
)

func TestStateString(t *testing.T) {
	for state, want := range map[idempotency.State]string{
		0:                    "invalid",
		idempotency.Granted:  "granted",
		idempotency.InFlight: "in-flight",
		idempotency.Done:     "done",
		4:                    "invalid",
	} {
		if got := state.String(); got != want {
			t.Errorf("State(%d): got %q, want %q", uint8(state), got, want)
		}
	}
}
