package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

const replicas = 3

// A fleet is the receivers, each a process of this program.
type fleet struct {
	ctx context.Context
	env []string

	mu    sync.Mutex
	procs [replicas]*proc
	next  int
}

type proc struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

func launch(ctx context.Context, env []string) (*fleet, error) {
	f := &fleet{ctx: ctx, env: env}
	for i := range f.procs {
		p, err := f.start()
		if err != nil {
			f.close()
			return nil, err
		}
		f.procs[i] = p
	}
	return f, nil
}

func (f *fleet) start() (*proc, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(f.ctx, self)
	cmd.Env = append(os.Environ(), f.env...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = cmd.Wait()         // as above
		return nil, fmt.Errorf("a receiver did not start: %w", err)
	}
	return &proc{cmd, stdin, strings.TrimSpace(line)}, nil
}

// url returns the next receiver's, round-robin.
func (f *fleet) url() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	return f.procs[f.next%replicas].url
}

// kill ends a receiver in mid-instruction and starts another in its place.
func (f *fleet) kill(i int) error {
	_ = f.procs[i].cmd.Process.Kill() // it may have ended by itself
	_ = f.procs[i].cmd.Wait()         // it was killed
	p, err := f.start()
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.procs[i] = p
	return nil
}

func (f *fleet) close() {
	for _, p := range f.procs {
		if p != nil {
			_ = p.stdin.Close()      // tells it to end
			_ = p.cmd.Process.Kill() // in case it doesn't
			_ = p.cmd.Wait()         // as above
		}
	}
}
