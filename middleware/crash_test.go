//go:build linux || darwin || freebsd

package middleware_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/internal/filestore"
	"github.com/hooklatch/hooklatch/middleware"
)

const (
	crashDirVar = "HOOKLATCH_TEST_CRASH_DIR"
	crashLease  = 3 * time.Second
)

// TestKilledInMidHandler: a process is killed while its handler runs. The
// store outlives it, and so does the claim, until its lease has run out: then
// the retry takes over in another process.
func TestKilledInMidHandler(t *testing.T) {
	dir := t.TempDir()
	ev := created()
	sender := &rig{t: t, scheme: newScheme(t), client: http.DefaultClient}

	kill, url := startReceiver(t, dir)
	hung := make(chan answer, 1)
	go func() { hung <- sender.send(url, ev) }()
	await(t, filepath.Join(dir, "begun-1"))
	claimed := time.Now()
	kill()
	if a := <-hung; a.err == nil {
		t.Errorf("the killed process answered %d", a.status)
	}

	_, url = startReceiver(t, dir)
	sender.send(url, ev).want(t, 503, "Try again later")
	if took := time.Since(claimed); took > crashLease {
		t.Skipf("this machine is too slow to tell: the first retry took %v", took)
	}
	time.Sleep(time.Until(claimed.Add(crashLease + 100*time.Millisecond)))
	sender.send(url, ev).want(t, 200, received)
	sender.send(url, ev).want(t, 200, duplicate)
	if runs, err := filepath.Glob(filepath.Join(dir, "begun-*")); err != nil || len(runs) != 2 {
		t.Errorf("the handler began %d times (error %v), want 2", len(runs), err)
	}
	if effects, err := filepath.Glob(filepath.Join(dir, "done-*")); err != nil || len(effects) != 1 {
		t.Errorf("%d effects (error %v), want 1", len(effects), err)
	}
}

func await(t *testing.T, file string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 30*time.Second; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return
		}
	}
	t.Fatalf("%s did not appear", filepath.Base(file))
}

// startReceiver starts this test binary again as a receiver on the folder's
// store.
func startReceiver(t *testing.T, dir string) (kill func(), url string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestReceiverProcess$")
	cmd.Env = append(os.Environ(), crashDirVar+"="+dir)
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
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait()
		stdin.Close()
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return kill, strings.TrimSpace(line)
}

// TestReceiverProcess is no test but the process that the one above kills. Its
// handler hangs the first time it is called.
func TestReceiverProcess(t *testing.T) {
	dir := os.Getenv(crashDirVar)
	if dir == "" {
		return
	}
	ep := newEndpoint()
	srv := httptest.NewServer(middleware.Chain(
		ep.Capture(0, nil),
		ep.Verify(newScheme(t)),
		ep.Once(filestore.New(dir), &middleware.OnceOptions{
			Lease: crashLease, Wait: 50 * time.Millisecond, StoreTimeout: 2 * time.Second,
		}),
	)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		for n := 1; ; n++ {
			f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("begun-%d", n)), os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				continue
			}
			f.Close()
			if n == 1 {
				select {}
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("done-%d", n)), nil, 0o600); err != nil {
				panic(err)
			}
			return
		}
	})))
	fmt.Println(srv.URL)
	io.Copy(io.Discard, os.Stdin) // until whoever started it ends
}
