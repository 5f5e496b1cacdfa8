package inbox_test

import (
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
)

// TestDefaultsTryForThreeDays adds up the waits of the default schedule.
func TestDefaultsTryForThreeDays(t *testing.T) {
	var all, before time.Duration
	for attempt := 1; attempt < inbox.DefaultMaxAttempts; attempt++ {
		d := inbox.DefaultBackoff(attempt)
		if d <= before/2 || d > 4*time.Hour {
			t.Errorf("after attempt %d: a wait of %v, after one of %v", attempt, d, before)
		}
		all, before = all+d, d
	}
	if all < 70*time.Hour || all > 90*time.Hour {
		t.Errorf("the default schedule goes on for %v, want about 72 h", all)
	}
}

func TestBackoffIsRandomAndTakesAnyAttempt(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for range 20 {
		seen[inbox.DefaultBackoff(3)] = true
	}
	if len(seen) < 2 {
		t.Error("the waits after one attempt are all the same")
	}
	for _, attempt := range []int{-1, 0, 1, 64, 1 << 40} {
		if d := inbox.DefaultBackoff(attempt); d <= 0 || d > 4*time.Hour {
			t.Errorf("after attempt %d: %v", attempt, d)
		}
	}
}

func TestStateInWords(t *testing.T) {
	for s, want := range map[inbox.State]string{
		0: "invalid", inbox.Waiting: "waiting", inbox.Done: "done", inbox.DeadLettered: "dead-lettered",
		inbox.Dead: "dead", inbox.Discarded: "discarded", 99: "invalid",
	} {
		if got := s.String(); got != want {
			t.Errorf("State(%d) is %q, want %q", s, got, want)
		}
	}
}
