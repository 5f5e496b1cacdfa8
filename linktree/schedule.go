package linktree

import "time"

// DisabledAfter is for how long deliveries may fail, all of them, before
// Linktree switches the webhook off.
const DisabledAfter = 72 * time.Hour

// RetrySchedule returns how long Linktree waits before each retry of a delivery
// that was not answered with 2xx: 10, 30, 90, 270 and 810 seconds, counted from
// the attempt before. A delivery is thus tried six times within 1,210 seconds
// and given up then.
func RetrySchedule() []time.Duration {
	return []time.Duration{
		10 * time.Second,
		30 * time.Second,
		90 * time.Second,
		270 * time.Second,
		810 * time.Second,
	}
}
