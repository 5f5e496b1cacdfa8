package storetest

import (
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
)

var completions = []behaviour{
	{"done-stays-done", ruleComplete, doneStaysDone},
	{"complete-twice", ruleTwice, completeTwice},
	{"done-is-not-given-up", ruleNotInFlight, doneIsNotGivenUp},
	{"retention-runs-out", ruleGranted, retentionRunsOut},
	{"duplicate-does-not-refresh-the-retention", ruleNoRefresh, duplicateDoesNotRefreshTheRetention},
}

// complete claims the key and completes it.
func (c *check) complete(s idempotency.Store, key idempotency.Key, retain time.Duration) (fence uint64) {
	c.Helper()
	fence = c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
	c.ok(s.Complete(c.Context(), key, fence, retain), "Complete by the holder")
	return fence
}

func doneStaysDone(c *check) {
	s, key := c.open(), c.key()
	r := c.request(key, c.unit)
	claim := c.send(s, r)
	c.ok(s.Complete(c.Context(), key, claim.Fence, long), "Complete by the holder")
	c.claim(s, key, long, idempotency.Done, "of a completed key")
	c.outlast(c.unit)
	done := c.claim(s, key, long, idempotency.Done, "of a completed key, after what was its lease")
	if done.Fence != 0 {
		c.rule = ruleFenceZero
		c.broken("Fence of a Done: got %d, want 0", done.Fence)
	}
	if done.RetryAfter != 0 {
		c.rule = ruleRetryAfter
		c.broken("RetryAfter of a Done: got %v, want 0", done.RetryAfter)
	}
	if again := c.send(s, r); again.State != idempotency.Done {
		c.broken("Claim of a completed key by its own holder: got %v, want done", again.State)
	}
}

func completeTwice(c *check) {
	s, key := c.open(), c.key()
	fence := c.complete(s, key, long)
	for range 2 {
		c.ok(s.Complete(c.Context(), key, fence, c.unit), "Complete again")
	}
	c.outlast(c.unit)
	c.claim(s, key, long, idempotency.Done, "after the second Complete's retention, shorter than the first's")
}

func doneIsNotGivenUp(c *check) {
	s, key := c.open(), c.key()
	ctx := c.Context()
	fence := c.complete(s, key, long)
	c.lost(s.Extend(ctx, key, fence, long), "Extend of a completed key")
	c.lost(s.Release(ctx, key, fence), "Release of a completed key")
	c.rule = ruleNotDone
	for _, other := range []uint64{fence - 1, fence + 1} {
		c.lost(s.Complete(ctx, key, other, long), "Complete of a completed key under another fence")
	}
	c.rule = ruleComplete
	c.claim(s, key, long, idempotency.Done, "after Extend and Release of a completed key")
}

func retentionRunsOut(c *check) {
	s, key := c.open(), c.key()
	fence := c.complete(s, key, c.unit)
	c.outlast(c.unit)
	next := c.claim(s, key, long, idempotency.Granted, "after the retention has run out")
	if next.Fence <= fence {
		c.rule = ruleFence
		c.broken("fence after the retention: got %d after %d, want a higher one", next.Fence, fence)
	}
	c.rule = ruleNotDone
	c.lost(s.Complete(c.Context(), key, fence, long), "Complete under the fence of a retention that has run out")
}

func duplicateDoesNotRefreshTheRetention(c *check) {
	s := c.open()
	c.paced(func(retain time.Duration) bool {
		key := c.key()
		fence := c.claim(s, key, long, idempotency.Granted, "of an unknown key").Fence
		before := time.Now()
		c.ok(s.Complete(c.Context(), key, fence, retain), "Complete by the holder")
		completed := time.Now()
		time.Sleep(retain / 2)
		if claim := c.send(s, c.request(key, long)); claim.State != idempotency.Done {
			if took := time.Since(before); took < retain {
				c.rule = ruleComplete
				c.broken("Claim within %v of a retention of %v: got %v, want done", took, retain, claim.State)
			}
			return false
		}
		time.Sleep(time.Until(completed.Add(retain)))
		c.outlast(0)
		c.claim(s, key, long, idempotency.Granted, "after the retention, with a duplicate in between")
		return true
	})
}
