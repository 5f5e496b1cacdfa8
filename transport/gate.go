package transport

import "time"

// A gate is shut for everybody when somebody has been told to wait.
type gate struct{ until time.Time }

// shut shuts the gate for d from now, or leaves it shut if it is for longer.
func (g *gate) shut(now time.Time, d time.Duration) {
	if until := now.Add(d); until.After(g.until) {
		g.until = until
	}
}

// opens returns when the gate is open: now, if it is not shut.
func (g *gate) opens(now time.Time) time.Time {
	if g.until.After(now) {
		return g.until
	}
	return now
}
