package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/hooklatch/hooklatch/bench"
)

//go:embed wrk.lua
var script []byte

// A volley is wrk's report of a run.
type volley struct {
	requests int
	duration time.Duration
	p99      time.Duration
}

// A gun fires the deliveries of one stream at a server.
type gun struct {
	dir    string // for files
	core   int
	conns  int
	stream *bench.Stream
}

// fire sends n deliveries and returns when all are answered. All are new, and
// signed before the first is sent.
func (g *gun) fire(ctx context.Context, addr string, n int) (volley, error) {
	file, lua := filepath.Join(g.dir, "requests"), filepath.Join(g.dir, "wrk.lua")
	// wrk takes one request more, to see what they look like.
	length, err := g.sign(file, n+1)
	if err != nil {
		return volley{}, err
	}
	defer os.Remove(file)
	if err := os.WriteFile(lua, script, 0o600); err != nil {
		return volley{}, err
	}
	cmd := exec.CommandContext(ctx, "taskset", "-c", strconv.Itoa(g.core),
		"wrk", "-t", "1", "-c", strconv.Itoa(g.conns), "-d", "10m", "--timeout", "1m", "-s", lua,
		"http://"+addr, "--", file, strconv.Itoa(length))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return volley{}, fmt.Errorf("wrk: %w", err)
	}
	_, result, found := bytes.Cut(out, []byte("\nresult "))
	if !found {
		return volley{}, fmt.Errorf("wrk said nothing of the result: %s", out)
	}
	var v volley
	var us, p99, failed int64
	if _, err := fmt.Sscan(string(result), &v.requests, &us, &failed, &p99); err != nil {
		return volley{}, err
	}
	v.duration, v.p99 = time.Duration(us)*time.Microsecond, time.Duration(p99)*time.Microsecond
	switch {
	case failed > 0:
		return volley{}, fmt.Errorf("%d requests were not answered with 200: %s", failed, out)
	case v.requests < n-2*g.conns || v.requests > n+g.conns:
		return volley{}, fmt.Errorf("%d of %d requests were answered: %s", v.requests, n, out)
	}
	return v, nil
}

// sign writes n deliveries to a file, and returns the length of each.
func (g *gun) sign(name string, n int) (length int, err error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for range n {
		r := g.stream.Wire()
		if length = len(r); length == 0 {
			return 0, errors.New("an empty request")
		}
		_, _ = w.Write(r) // Flush reports it again
	}
	return length, errors.Join(w.Flush(), f.Close())
}
