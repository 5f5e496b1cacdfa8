package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A stage is what the scenes play on: one receiver at a time, and the second
// system.
type stage struct {
	events, kills int

	out       io.Writer
	store, at string
	second    *second
	sent      []string // the links of all events so far

	mu    sync.Mutex
	child *exec.Cmd
	stdin io.Closer
	url   string
	fixed bool
}

func (s *stage) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// raise starts a receiver and returns when it listens.
func (s *stage) raise() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), storeVar+"="+s.store, atVar+"="+s.at, secondVar+"="+s.second.server.URL)
	if s.fixed {
		child.Env = append(child.Env, fixedVar+"=1")
	}
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	stdin, err := child.StdinPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the receiver did not start: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child, s.stdin, s.url = child, stdin, strings.TrimSpace(line)
	return nil
}

// kill kills the receiver, if one runs.
func (s *stage) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil {
		_ = s.child.Process.Kill() // it may be dead
		_ = s.child.Wait()         // it was killed
		s.child = nil
	}
}

// stop lets the receiver finish what is in hand.
func (s *stage) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	child := s.child
	s.child = nil
	return errors.Join(s.stdin.Close(), child.Wait())
}

func (s *stage) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

// send delivers so many new events, several at once, each as often as it takes
// to be acknowledged. It returns how many requests that were.
func (s *stage) send(ctx context.Context, n int, title string) (requests int64, err error) {
	scheme, err := provider.Linktree(secret)
	if err != nil {
		return 0, err
	}
	first := len(s.sent)
	for i := range n {
		s.sent = append(s.sent, fmt.Sprintf("lnk_%06d", first+i))
	}
	var next, tried atomic.Int64
	var failed atomic.Pointer[error]
	var senders sync.WaitGroup
	for range 32 {
		senders.Go(func() {
			for failed.Load() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				ev := hooktest.NewEvent(linktree.LinkCreated, linktree.LinkCreatedData{LinkID: s.sent[first+i], Title: title, URL: "https://example.org"})
				ev.ID = s.sent[first+i]
				if err := s.deliver(ctx, scheme, ev, &tried); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	senders.Wait()
	if err := failed.Load(); err != nil {
		return tried.Load(), *err
	}
	return tried.Load(), nil
}

// deliver sends one event until it is acknowledged.
func (s *stage) deliver(ctx context.Context, scheme *verify.Scheme, ev hooktest.Event, tried *atomic.Int64) error {
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address()+"/webhooks/linktree", bytes.NewReader(ev.Body))
		if err != nil {
			return err
		}
		if err := scheme.Sign(r.Header, verify.Envelope{ID: ev.ID, Time: time.Now()}, ev.Body); err != nil {
			return err
		}
		tried.Add(1)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // the receiver was killed
		}
		_ = answer.Body.Close() // the status says it all
		switch answer.StatusCode {
		case http.StatusOK:
			return nil
		case http.StatusServiceUnavailable:
		default:
			return fmt.Errorf("an event was answered with %d", answer.StatusCode)
		}
	}
	return ctx.Err()
}

// lag asks the receiver how many deliveries wait.
func (s *stage) lag(ctx context.Context) (n int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address()+"/lag", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	return n, json.NewDecoder(answer.Body).Decode(&n)
}

// drain waits until nothing waits.
func (s *stage) drain(ctx context.Context) error {
	for ctx.Err() == nil {
		if n, err := s.lag(ctx); err == nil && n == 0 {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ctx.Err()
}
