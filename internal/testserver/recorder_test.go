//go:build unix

package testserver

import (
	"fmt"
	"runtime"
	"testing"
)

// A recorder keeps what would have ended its test.
type recorder struct {
	testing.TB
	skipped, failed bool
	said            string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) {
	r.skipped, r.said = true, fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.failed, r.said = true, fmt.Sprint(args...)
	runtime.Goexit()
}
