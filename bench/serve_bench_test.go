package bench_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/bench"
)

// A client is one connection that allocates nothing per request, so that a
// benchmark counts the server's allocations.
type client struct {
	conn net.Conn
	in   [4096]byte
}

var (
	errStatus = errors.New("not answered with 200")
	headEnd   = []byte("\r\n\r\n")
	length    = []byte("\r\nContent-Length: ")
	ok        = []byte("HTTP/1.1 200 ")
)

// do sends a request and waits for the whole answer.
func (c *client) do(request []byte) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	for n := 0; ; {
		m, err := c.conn.Read(c.in[n:])
		n += m
		got := c.in[:n]
		if end := bytes.Index(got, headEnd); end >= 0 {
			head := got[:end+2]
			if !bytes.HasPrefix(head, ok) {
				return fmt.Errorf("%w: %q", errStatus, got)
			}
			if _, after, found := bytes.Cut(head, length); found {
				value, _, _ := bytes.Cut(after, headEnd[:2])
				body, err := strconv.Atoi(string(value))
				if err != nil {
					return err
				}
				if n >= end+len(headEnd)+body {
					return nil
				}
			}
		}
		if err != nil {
			return err
		}
	}
}

func clients(b *testing.B, h http.Handler, n int) []*client {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ReadHeaderTimeout = time.Minute
	srv.Start()
	b.Cleanup(srv.Close)
	all := make([]*client, n)
	for i := range all {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		all[i] = &client{conn: conn}
	}
	return all
}

// cpu is the processor time of this process.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// overSocket sends b.N deliveries over conns connections on the loopback. The
// timer is stopped while they are signed. cpu-ns/op includes the client's part,
// which is the same for all receivers.
func overSocket(b *testing.B, v bench.Receiver, size, conns int) {
	stream := bench.NewStream(size, bench.Members)
	all := clients(b, handler(b, v, 0), conns)
	var used time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	for left := b.N; left > 0; {
		n := min(left, max(8*conns, batch(left, size)))
		left -= n
		requests := make([][]byte, n)
		for i := range requests {
			requests[i] = bytes.Clone(stream.Wire())
		}
		before := cpu(b)
		b.StartTimer()
		err := send(all, requests)
		b.StopTimer()
		used += cpu(b) - before
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
}

// send spreads the requests over the connections, which send concurrently.
func send(all []*client, requests [][]byte) error {
	if len(all) == 1 {
		for _, r := range requests {
			if err := all[0].do(r); err != nil {
				return err
			}
		}
		return nil
	}
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, c := range all {
		wg.Go(func() {
			for j := i; j < len(requests) && errs[i] == nil; j += len(all) {
				errs[i] = c.do(requests[j])
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// BenchmarkServe receives whole deliveries over one connection.
func BenchmarkServe(b *testing.B) {
	for _, size := range []int{200, 1 << 10, 16 << 10} {
		for _, v := range bench.Receivers {
			b.Run(fmt.Sprintf("size=%d/v=%s", size, v), func(b *testing.B) { overSocket(b, v, size, 1) })
		}
	}
}

// BenchmarkConnections is BenchmarkServe with bodies of 1 KiB over several
// connections at once.
func BenchmarkConnections(b *testing.B) {
	for _, conns := range []int{1, 8, 64, 512} {
		for _, v := range []bench.Receiver{bench.Bare, bench.Layers, bench.Typed, bench.Recipe} {
			b.Run(fmt.Sprintf("conns=%d/v=%s", conns, v), func(b *testing.B) { overSocket(b, v, 1<<10, conns) })
		}
	}
}
