// Command attack opens thousands of connections to a receiver that runs as a
// process of its own, and shows what they cost it in memory.
//
// It prints lines as "go test -bench" does: the process's peak resident memory,
// and what each connection adds to that of the process at rest, in KiB. The
// kernel's memory for a socket is not included.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/bench"
	"github.com/hooklatch/hooklatch/bench/process"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal("attack: ", err)
	}
}

func run(ctx context.Context) (err error) {
	conns := flag.Int("connections", 10_000, "how many connections")
	hold := flag.Duration("for", 6*time.Second, "for how long they are held once all are open")
	rounds := flag.Int("rounds", 3, "how often each attack is measured")
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
	dir, err := os.MkdirTemp("", "attack")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := process.Build(ctx, dir, "github.com/hooklatch/hooklatch/bench/server")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "goos: %s\ngoarch: %s\npkg: github.com/hooklatch/hooklatch/bench/attack\ncpu: %s\n",
		runtime.GOOS, runtime.GOARCH, process.CPUModel())
	for range *rounds {
		for _, a := range attacks {
			for _, v := range []bench.Receiver{bench.Bare, bench.Layers, bench.Recipe} {
				n := *conns / a.fewer
				line, err := measure(ctx, server, v, a, n, *hold)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", a.name, v, err)
				}
				fmt.Fprintf(out, "BenchmarkAttack/attack=%s/conns=%d/v=%s \t%s\n", a.name, n, v, line)
			}
		}
	}
	return nil
}

func measure(ctx context.Context, server string, v bench.Receiver, a attack, n int, hold time.Duration) (string, error) {
	p, err := process.Start(ctx, 0, "", nil, server, "-v", string(v))
	if err != nil {
		return "", err
	}
	defer p.Stop()
	// One delivery fills the pools and caches.
	if err := warm(p.Addr); err != nil {
		return "", err
	}
	before, _, err := p.Memory()
	if err != nil {
		return "", err
	}
	open, err := a.run(ctx, p.Addr, n, hold)
	if err != nil {
		return "", err
	}
	_, peak, err := p.Memory()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%6d\t%8.1f peak-MiB\t%7.2f KiB/conn\t%6d open-at-end",
		n, float64(peak)/1024, float64(peak-before)/float64(n), open), nil
}

// warm sends a genuine delivery.
func warm(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(bench.NewStream(1024, bench.Members).Wire()); err != nil {
		return err
	}
	answer := make([]byte, 1024)
	n, err := conn.Read(answer)
	if err == nil && !strings.HasPrefix(string(answer[:n]), "HTTP/1.1 200 ") {
		err = fmt.Errorf("a genuine delivery was answered with %q", answer[:n])
	}
	return err
}
