package adaptertest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
)

const rule = "2xx on the wire ⇔ marked done"

// Run checks the adapter by all behaviours, each as a subtest, in parallel with
// each other. It returns when all have ended.
func Run(t *testing.T, build Framework) {
	t.Helper()
	t.Run("behaviours", func(t *testing.T) {
		for _, b := range behaviours() {
			t.Run(b.name, func(t *testing.T) {
				t.Parallel()
				for _, problem := range b.try(build).Problems {
					t.Error(problem)
				}
			})
		}
	})
}

// A Result says how an adapter did by one behaviour.
type Result struct {
	Behaviour string
	Problems  []string // empty: it passed

	// Lost tells that a delivery which had not taken effect was acknowledged:
	// its event is lost.
	Lost bool
}

// Try returns the results of all behaviours, in the order in which Run has
// them.
func Try(build Framework) []Result {
	var results []Result
	for _, b := range behaviours() {
		results = append(results, b.try(build))
	}
	return results
}

// A behaviour is one thing that an adapter must get right.
type behaviour struct {
	name string
	run  func(*probe)
}

func behaviours() []behaviour {
	return slices.Concat(answers, failures, panics, routing, layering, concurrency, bodies, wires, contract())
}

// try runs the behaviour.
func (b behaviour) try(build Framework) Result {
	p := &probe{build: build}
	ended := make(chan struct{})
	go func() { // of its own, for fatalf to end
		defer close(ended)
		defer p.cleanUp()
		b.run(p)
	}()
	<-ended
	return Result{b.name, p.problems, p.lost}
}

// A probe is one run of a behaviour.
type probe struct {
	build    Framework
	cleanups []func()

	mu       sync.Mutex // handlers report problems too
	problems []string
	lost     bool
}

func (p *probe) errorf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, where()+fmt.Sprintf(format, args...))
}

// where returns the line of the behaviour that has found a problem.
func where() string {
	callers := make([]uintptr, 16)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		f, more := frames.Next()
		switch file := filepath.Base(f.File); file {
		case "run.go", "rig.go", "settle.go":
		default:
			return fmt.Sprintf("%s:%d: ", file, f.Line)
		}
		if !more {
			return ""
		}
	}
}

// fatalf ends the behaviour. It is for the probe's own goroutine.
func (p *probe) fatalf(format string, args ...any) {
	p.errorf(format, args...)
	runtime.Goexit()
}

func (p *probe) cleanup(f func()) { p.cleanups = append(p.cleanups, f) }

func (p *probe) cleanUp() {
	for _, f := range slices.Backward(p.cleanups) {
		f()
	}
}
