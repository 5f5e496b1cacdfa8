package transport

import "time"

// A gate stops all requests when the provider has told one of them to wait.
type gate struct {
	until time.Time
	used  bool // it has been shut, and requests have waited ever since
}

// shut shuts the gate for d from now, or leaves it shut if it is for longer.
func (g *gate) shut(now time.Time, d time.Duration) {
	g.used = true
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
