//go:build !race

package provider_test

// raceEnabled: under the race detector a sync.Pool drops items at random, and
// allocations can't be counted.
const raceEnabled = false
