package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// declared is the body length that attackers declare: the largest that a
// receiver accepts.
const declared = 1 << 20

// An attack is something that connections do.
type attack struct {
	name  string
	fewer int    // how many times fewer connections it is done with
	first []byte // what each sends when it is open
	drip  bool   // and then a byte each second
}

// The headers pass every check that needs no body. Only the signature is wrong,
// and it covers bytes that never come.
func head() []byte {
	return fmt.Appendf(nil, "POST /webhooks/linktree HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"X-Linktree-Timestamp: %d\r\nX-Linktree-Signature: %s\r\nX-Linktree-Delivery-Id: evt_1\r\nContent-Length: %d\r\n\r\n",
		time.Now().Unix(), strings.Repeat("0", 64), declared)
}

var attacks = []attack{
	// The cost of connections alone.
	{name: "idle", fewer: 1},
	// A MiB is declared, and not a byte of it comes.
	{name: "silent", fewer: 1, first: head()},
	// A byte comes each second.
	{name: "drip", fewer: 1, first: head(), drip: true},
	// All but the last byte comes: the attacker sends what it costs the receiver.
	{name: "all-but-one", fewer: 100, first: append(head(), bytes.Repeat([]byte(" "), declared-1)...)},
}

// run opens n connections that attack, holds them for the time once all are open,
// and returns how many of them the server has left open.
func (a *attack) run(ctx context.Context, addr string, n int, hold time.Duration) (open int, err error) {
	conns := make([]net.Conn, 0, n)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range n {
		// Linux has some 28,000 ports for connections to one address.
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
		if _, err := c.Write(a.first); err != nil {
			return 0, err
		}
	}
	for end := time.Now().Add(hold); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(min(time.Second, time.Until(end))):
		}
		if !a.drip {
			continue
		}
		for _, c := range conns {
			_, _ = c.Write([]byte(" ")) // the server may have hung up
		}
	}
	return countOpen(conns), nil
}

// countOpen returns how many of the connections the server has neither answered
// nor closed.
func countOpen(conns []net.Conn) int {
	var open atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(500 * time.Millisecond)
	for _, c := range conns {
		wg.Go(func() {
			c.SetReadDeadline(end)
			if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				open.Add(1)
			}
		})
	}
	wg.Wait()
	return int(open.Load())
}
