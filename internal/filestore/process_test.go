//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filestore_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/internal/filestore"
)

// The test binary runs itself again as another process on the same folder, to
// do what these name.
const (
	roleEnv = "FILESTORE_TEST_ROLE"
	dirEnv  = "FILESTORE_TEST_DIR"
)

func TestMain(m *testing.M) {
	s := filestore.New(os.Getenv(dirEnv))
	var err error
	switch os.Getenv(roleEnv) {
	case "":
		os.Exit(m.Run())
	case "hang":
		err = hang(s)
	case "deliver":
		err = deliver(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// another starts the test binary in a role.
func another(t *testing.T, role, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role, dirEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func request(id string, lease time.Duration) idempotency.Request {
	r := idempotency.Request{Key: idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: id}), Lease: lease}
	rand.Read(r.Owner[:])
	return r
}

const lease = 500 * time.Millisecond

// hang claims a delivery and never ends.
func hang(s *filestore.Store) error {
	c, err := s.Claim(context.Background(), request("1", lease))
	if err != nil {
		return err
	}
	fmt.Println(c.State, c.Fence)
	select {}
}

// TestKilledProcess kills a process that holds a claim, and takes over.
func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	cmd, out := another(t, "hang", dir)
	killed := false
	defer func() {
		if !killed {
			cmd.Process.Kill()
			cmd.Wait()
		}
	}()
	if !out.Scan() {
		t.Fatal("the other process said nothing")
	}
	state, fence, _ := strings.Cut(out.Text(), " ")
	old, err := strconv.ParseUint(fence, 10, 64)
	if state != "granted" || err != nil {
		t.Fatalf("the other process said %q", out.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed = true
	if err := cmd.Wait(); err == nil {
		t.Fatal("the other process ended by itself")
	}

	ctx := t.Context()
	s := filestore.New(dir)
	r := request("1", time.Hour)
	c, err := s.Claim(ctx, r)
	for deadline := time.Now().Add(20 * time.Second); err == nil && c.State == idempotency.InFlight && time.Now().Before(deadline); c, err = s.Claim(ctx, r) {
		time.Sleep(min(c.RetryAfter, lease))
	}
	if err != nil || c.State != idempotency.Granted || c.Fence <= old {
		t.Fatalf("after the lease: got %v, fence %d, %v; want granted, fence over %d", c.State, c.Fence, err, old)
	}
	if err := s.Complete(ctx, r.Key, old, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("Complete under the killed process's fence: got %v, want ErrLost", err)
	}
	if err := s.Complete(ctx, r.Key, c.Fence, time.Hour); err != nil {
		t.Errorf("Complete: %v", err)
	}
	if c, err := s.Claim(ctx, request("1", time.Hour)); err != nil || c.State != idempotency.Done {
		t.Errorf("after Complete: got %v, %v, want done", c.State, err)
	}
}

const ids = 40

// deliver handles each delivery that it is granted, fails at some of them, and
// prints those that took effect.
func deliver(s *filestore.Store) error {
	ctx := context.Background()
	for _, i := range mathrand.Perm(ids) {
		for done := false; !done; {
			r := request(strconv.Itoa(i), time.Hour)
			c, err := s.Claim(ctx, r)
			if err != nil {
				return err
			}
			switch {
			case c.State == idempotency.Done:
				done = true
			case c.State == idempotency.InFlight:
				time.Sleep(time.Millisecond)
			case mathrand.N(3) == 0:
				err = s.Release(ctx, r.Key, c.Fence)
			default:
				fmt.Println(i)
				err = s.Complete(ctx, r.Key, c.Fence, time.Hour)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// TestManyProcesses has several processes race for the same deliveries.
func TestManyProcesses(t *testing.T) {
	dir := t.TempDir()
	var cmds []*exec.Cmd
	var outs []*bufio.Scanner
	for range 4 {
		cmd, out := another(t, "deliver", dir)
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	effects := make(map[string]int)
	for i, cmd := range cmds {
		for outs[i].Scan() {
			effects[outs[i].Text()]++
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v", i, err)
		}
	}
	for i := range ids {
		if n := effects[strconv.Itoa(i)]; n != 1 {
			t.Errorf("delivery %d took effect %d times, want once", i, n)
		}
	}
}
