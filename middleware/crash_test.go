package middleware_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/rpc"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestKilledInMidHandler kills a process while its handler runs. The store
// outlives it, and so does the claim, until its lease has run out: then another
// process takes the delivery over. The test waits for events and never for
// time: it decides itself when the lease runs out.
func TestKilledInMidHandler(t *testing.T) {
	survivor := &SharedStore{inner: memory.New(nil), lease: time.Hour, begun: make(chan int, 10)}
	socket := survivor.serve(t)
	sender := &rig{t: t, scheme: newScheme(t), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	ev := created()

	kill, url := startReceiver(t, socket)
	hung := make(chan answer, 1)
	first := sender.request(url, ev)
	go func() { hung <- do(sender.client, first) }()
	select {
	case <-survivor.begun:
	case a := <-hung:
		t.Fatalf("the handler did not begin: %+v", a)
	}
	kill()
	if a := <-hung; a.err == nil {
		t.Errorf("the killed process answered %d", a.status)
	}

	_, url = startReceiver(t, socket)
	sender.send(url, ev).want(t, 503, "Try again later")
	if got := survivor.last(); got.State != idempotency.InFlight {
		t.Errorf("while the lease runs, the retry's claim is %v, want in flight", got.State)
	}
	lost := survivor.endLease(t)
	for tries := 0; ; tries++ { // each waits for the claim in flight, as the endpoint is told to
		a := sender.send(url, ev)
		if a.status == 503 && tries < 100 {
			continue
		}
		a.want(t, 200, received)
		break
	}
	sender.send(url, ev).want(t, 200, duplicate)
	if got := survivor.last(); got.State != idempotency.Done {
		t.Errorf("after the retry, the claim is %v, want done", got.State)
	}
	if err := survivor.Complete(EndArgs{lost.key, lost.fence, time.Hour}, new(bool)); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("Complete under the killed process's fence: %v, want ErrLost", err)
	}
	if begun, effects := survivor.counts(); begun != 2 || effects != 1 {
		t.Errorf("the handler began %d times and took effect %d times, want 2 and 1", begun, effects)
	}
}

// startReceiver starts this test binary again, as a receiver on the store behind
// the socket. It ends with the test, if kill does not end it before.
func startReceiver(t *testing.T, socket string) (kill func(), url string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestReceiverProcess$")
	cmd.Env = append(os.Environ(), crashSocketVar+"="+socket)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe() // it ends with this process
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		_ = stdin.Close()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return kill, strings.TrimSpace(line)
}

const crashSocketVar = "HOOKLATCH_TEST_CRASH_SOCKET"

// TestReceiverProcess is no test but the process that the one above kills. Its
// handler hangs the first time that any process calls it.
func TestReceiverProcess(t *testing.T) {
	socket := os.Getenv(crashSocketVar)
	if socket == "" {
		return
	}
	client, err := rpc.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	store := remoteStore{client}
	h := newEndpoint().Receiver(newScheme(t), store, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var n int
		if err := store.call(r.Context(), "Begin", true, &n); err != nil {
			panic(err)
		}
		if n == 1 {
			select {}
		}
		if err := store.call(r.Context(), "Effect", true, new(bool)); err != nil {
			panic(err)
		}
	}), &middleware.ReceiverOptions{Once: &middleware.OnceOptions{
		Wait: 50 * time.Millisecond, Lease: time.Minute, StoreTimeout: 30 * time.Second,
	}})
	srv := httptest.NewServer(h)
	fmt.Println(srv.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends
}
