// Command load puts receivers, in Go and on Node, under load from outside: each
// as a process of its own, pinned to one processor, with wrk on another. Every
// request is a genuine delivery that has not been sent before.
//
// It prints lines as "go test -bench" does, so that benchstat reads them: the
// server's processor time per request, from /proc, requests per second, latency
// and memory. Compare the processor time; wrk itself may limit the requests per
// second.
//
// It needs taskset, wrk and, for the receivers on Node, node and npm.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/bench"
	"github.com/hooklatch/hooklatch/bench/node"
	"github.com/hooklatch/hooklatch/bench/process"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal("load: ", err)
	}
}

func run(ctx context.Context) (err error) {
	rounds := flag.Int("rounds", 5, "how often each receiver is measured")
	requests := flag.Int("requests", 100_000, "how many deliveries each time; of bodies above 4 KiB a fifth")
	conns := flag.Int("connections", 64, "how many connections at once")
	sizes := flag.String("sizes", "200,1024,16384", "the bodies' sizes in bytes")
	names := flag.String("v", "", "the receivers, by name; all if empty")
	output := flag.String("o", "", "the file to write to; standard output if empty")
	flag.Parse()

	out := io.Writer(os.Stdout)
	if *output != "" {
		f, err := os.Create(*output)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = io.MultiWriter(f, os.Stdout)
	}
	dir, err := os.MkdirTemp("", "load")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	servers, err := prepare(ctx, dir, *names)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "goos: %s\ngoarch: %s\npkg: github.com/hooklatch/hooklatch/bench/load\ncpu: %s\n",
		runtime.GOOS, runtime.GOARCH, process.CPUModel())
	for round := range *rounds {
		for _, text := range strings.Split(*sizes, ",") {
			size, err := strconv.Atoi(text)
			if err != nil {
				return err
			}
			n := *requests
			if size > 4<<10 {
				n = max(1, n/5)
			}
			if err := compare(ctx, out, dir, servers, round, size, *conns, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare measures each server once with bodies of one size, beginning with
// another server in each round.
func compare(ctx context.Context, out io.Writer, dir string, servers []server, round, size, conns, requests int) error {
	for i := range servers {
		s := servers[(i+round)%len(servers)]
		g := &gun{dir: dir, core: 1, conns: conns, stream: bench.NewStream(size, bench.Members)}
		line, err := measure(ctx, s, g, requests)
		if err != nil {
			return fmt.Errorf("%s, %d bytes: %w", s.name, size, err)
		}
		fmt.Fprintf(out, "BenchmarkLoad/size=%d/v=%s \t%s\n", size, s.name, line)
	}
	return nil
}

// measure runs one server, warms it up, and fires n deliveries at it.
func measure(ctx context.Context, s server, g *gun, n int) (string, error) {
	p, err := process.Start(ctx, 0, s.dir, s.env, s.command...)
	if err != nil {
		return "", err
	}
	defer p.Stop()
	if err := probe(p.Addr, s.name != string(bench.Bare), g.stream); err != nil {
		return "", err
	}
	if _, err := g.fire(ctx, p.Addr, n/4+1); err != nil {
		return "", err
	}
	before, err := p.CPU()
	if err != nil {
		return "", err
	}
	v, err := g.fire(ctx, p.Addr, n)
	if err != nil {
		return "", err
	}
	after, err := p.CPU()
	if err != nil {
		return "", err
	}
	_, peak, err := p.Memory()
	if err != nil {
		return "", err
	}
	used := after - before
	return fmt.Sprintf("%8d\t%9.0f cpu-ns/req\t%8.0f req/s\t%6d p99-us\t%7.1f peak-MiB\t%5.1f busy-%%",
		v.requests,
		float64(used)/float64(v.requests),
		float64(v.requests)/v.duration.Seconds(),
		v.p99/time.Microsecond,
		float64(peak)/1024,
		100*used.Seconds()/v.duration.Seconds()), nil
}

// A server is one of the servers that are compared.
type server struct {
	name    string
	dir     string
	env     []string
	command []string
}

// prepare builds all servers before the first is measured.
func prepare(ctx context.Context, dir, names string) ([]server, error) {
	const pkg = "github.com/hooklatch/hooklatch/bench/server"
	stock, err := process.Build(ctx, dir, pkg)
	if err != nil {
		return nil, err
	}
	v2dir := filepath.Join(dir, "jsonv2")
	if err := os.Mkdir(v2dir, 0o700); err != nil {
		return nil, err
	}
	v2, err := process.Build(ctx, v2dir, pkg, "GOEXPERIMENT=jsonv2")
	if err != nil {
		return nil, err
	}
	var all []server
	for _, v := range bench.Receivers {
		all = append(all, server{name: string(v), command: []string{stock, "-v", string(v)}})
	}
	all = append(all, server{name: "hooklatch-jsonv2", command: []string{v2, "-v", string(bench.Typed)}})
	for _, name := range []string{"express", "fastify"} {
		all = append(all, server{
			name: name, dir: filepath.Join(dir, "node"), command: []string{"node", name + ".mjs"},
			env: []string{"NODE_ENV=production", "SECRET=" + bench.Secret},
		})
	}
	var chosen []server
	onNode := false
	for _, s := range all {
		if names == "" || strings.Contains(","+names+",", ","+s.name+",") {
			chosen = append(chosen, s)
			onNode = onNode || s.dir != ""
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no receiver is called %q", names)
	}
	if onNode {
		err = node.Install(ctx, filepath.Join(dir, "node"))
	}
	return chosen, err
}
