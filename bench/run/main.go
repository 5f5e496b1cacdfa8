// Command run measures everything and writes the results to the folder results,
// for the command plot. Each program is built once. The benchmarks take turns: a
// round runs all of them before the next round begins, so that a slow spell of
// the machine slows all of them.
//
// It takes about two hours. With -quick it takes minutes and shows that
// everything works, but its numbers mean nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal("run: ", err)
	}
}

const pkg = "github.com/hooklatch/hooklatch/bench"

// A step is a benchmark, and how long each of its lines runs in one round.
type step struct {
	bench string
	time  string
	quick string
}

// A plan is one round.
var (
	plan = []step{
		{"Verify", "200ms", "20ms"},
		{"Handler", "500ms", "30ms"},
		{"Serve", "1s", "50ms"},
		{"Shape", "500ms", "30ms"},
		{"Body", "500ms", "30ms"},
		{"Refused", "300ms", "20ms"},
		{"Secrets", "300ms", "20ms"},
		{"Route", "300ms", "20ms"},
		{"Store", "1s", "50ms"},
		{"Connections", "1s", "50ms"},
	}
	// The same code on encoding/json version 2.
	planV2 = []step{
		{"Handler", "500ms", "30ms"},
		{"Serve", "1s", "50ms"},
	}
	// Needs some gigabytes. It runs once: memory does not depend on how fast
	// the machine is at the moment.
	planLarge = []step{{"Remembered", "1s", "50ms"}}
)

func run(ctx context.Context) error {
	rounds := flag.Int("rounds", 10, "how often each benchmark is measured")
	quick := flag.Bool("quick", false, "make one short round of everything")
	results := flag.String("o", "results", "the folder to write to")
	only := flag.String("only", "bench,load,attack", "what to measure")
	flag.Parse()
	if *quick {
		*rounds = 1
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.MkdirAll(*results, 0o777); err != nil {
		return err
	}
	r := &runner{dir: dir, results: *results, rounds: *rounds, quick: *quick}
	for _, what := range []struct {
		name string
		do   func(context.Context) error
	}{{"bench", r.benchmarks}, {"load", r.load}, {"attack", r.attack}} {
		if !strings.Contains(","+*only+",", ","+what.name+",") {
			continue
		}
		if err := what.do(ctx); err != nil {
			return err
		}
	}
	return r.versions(ctx)
}

type runner struct {
	dir, results string
	rounds       int
	quick        bool
}

// benchmarks measures in process.
func (r *runner) benchmarks(ctx context.Context) (err error) {
	stock, err := r.compile(ctx, "stock")
	if err != nil {
		return err
	}
	v2, err := r.compile(ctx, "jsonv2", "GOEXPERIMENT=jsonv2")
	if err != nil {
		return err
	}
	large := []string{"HOOKLATCH_BENCH_LARGE=1"}
	if r.quick {
		large = nil
	}
	for _, part := range []struct {
		file, binary string
		rounds       int
		plan         []step
		env          []string
	}{
		{"bench.txt", stock, r.rounds, plan, nil},
		{"jsonv2.txt", v2, r.rounds, planV2, nil},
		{"large.txt", stock, 1, planLarge, large},
	} {
		f, err := os.Create(filepath.Join(r.results, part.file))
		if err != nil {
			return err
		}
		out := io.MultiWriter(f, os.Stdout)
		for range part.rounds {
			for _, s := range part.plan {
				length := s.time
				if r.quick {
					length = s.quick
				}
				err = errors.Join(err, command(ctx, out, part.env, part.binary,
					"-test.run=^$", "-test.bench=^Benchmark"+s.bench+"$", "-test.benchtime="+length, "-test.timeout=1h"))
			}
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// compile builds the benchmarks.
func (r *runner) compile(ctx context.Context, name string, env ...string) (string, error) {
	path := filepath.Join(r.dir, name)
	return path, command(ctx, os.Stdout, env, "go", "test", "-c", "-o", path, pkg)
}

func (r *runner) load(ctx context.Context) error {
	args := []string{"run", pkg + "/load", "-o", filepath.Join(r.results, "load.txt"), "-rounds", strconv.Itoa(min(r.rounds, 5))}
	if r.quick {
		args = append(args, "-requests", "5000")
	}
	return command(ctx, os.Stdout, nil, "go", args...)
}

func (r *runner) attack(ctx context.Context) error {
	args := []string{"run", pkg + "/attack", "-o", filepath.Join(r.results, "attack.txt"), "-rounds", strconv.Itoa(min(r.rounds, 3))}
	if r.quick {
		args = append(args, "-for", "1s")
	}
	return command(ctx, os.Stdout, nil, "go", args...)
}

func command(ctx context.Context, out io.Writer, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	return nil
}
