//go:build unix

package testserver

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// holdEnv makes this binary start a server and hang.
const holdEnv = "TESTSERVER_HOLD"

func TestMain(m *testing.M) {
	if os.Getenv(holdEnv) != "" {
		s, err := launch(redisProgram(RedisOptions{}))
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.Addr, s.Dir)
		select {}
	}
	os.Exit(Main(m))
}

// answers reports whether the server on addr does so within a moment.
func answers(addr string) bool {
	_, err := redisDo(addr, "PING")
	return err == nil
}

func TestControl(t *testing.T) {
	s := Redis(t, &RedisOptions{AOF: true})
	do := func(command, want string) {
		t.Helper()
		if got, err := redisDo(s.Addr, command); err != nil || got != want {
			t.Fatalf("%s: got %q, %v, want %q", command, got, err, want)
		}
	}
	do("SET key value", "OK")
	s.Kill(t)
	if answers(s.Addr) {
		t.Error("a killed server answers")
	}
	s.Restart(t)
	do("GET key", "value")

	s.Pause(t)
	if conn, err := net.Dial("tcp", s.Addr); err != nil {
		t.Errorf("a paused server's port is closed: %v", err)
	} else {
		conn.Close()
	}
	if _, err := redisDo(s.Addr, "PING"); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("of a paused server: got %v, want a time-out", err)
	}
	s.Resume(t)
	do("GET key", "value")
}

// TestStepClock sets the clock of one server; the machine's stays.
func TestStepClock(t *testing.T) {
	s := Redis(t, &RedisOptions{Clock: true})
	for _, tt := range []struct{ step, off time.Duration }{
		{0, 0},
		{-time.Hour, -time.Hour},
		{3*time.Hour + time.Nanosecond, 2 * time.Hour},
	} {
		s.StepClock(t, tt.step)
		got, err := redisDo(s.Addr, "EVAL \"return redis.call('TIME')[1]\" 0")
		seconds, err2 := strconv.ParseInt(got, 10, 64)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if off := time.Until(time.Unix(seconds, 0)) - tt.off; off.Abs() > time.Minute {
			t.Errorf("after a step of %v, the clock is off by %v", tt.step, off)
		}
	}
}

func TestEndsWithItsTest(t *testing.T) {
	var s *Server
	t.Run("running", func(t *testing.T) { s = Redis(t, nil) })
	if answers(s.Addr) {
		t.Error("the server outlives its test")
	}
	if _, err := os.Stat(s.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder outlives its test: %v", err)
	}
	var ended time.Time
	t.Run("paused", func(t *testing.T) {
		s = Redis(t, nil)
		s.Pause(t)
		ended = time.Now()
	})
	if answers(s.Addr) {
		t.Error("the paused server outlives its test")
	}
	if took := time.Since(ended); took > stopTimeout/2 {
		t.Errorf("the paused server took %v to end: it was not let go on", took)
	}
}

func TestShared(t *testing.T) {
	var first, second *Server
	t.Run("first", func(t *testing.T) { first = SharedRedis(t) })
	t.Run("second", func(t *testing.T) { second = SharedRedis(t) })
	if first != second || !answers(first.Addr) {
		t.Error("the second test does not find the first one's server")
	}
}

func TestCluster(t *testing.T) {
	s := Redis(t, &RedisOptions{Cluster: true})
	if info, err := redisDo(s.Addr, "CLUSTER INFO"); err != nil || !strings.Contains(info, "cluster_slots_ok:16384") {
		t.Errorf("got %q, %v, want all slots", info, err)
	}
}

// TestDiesWithTheProcess kills a process that has a server.
func TestDiesWithTheProcess(t *testing.T) {
	if children(os.Getpid()) == nil {
		if _, err := os.Stat("/proc/self/task"); err != nil {
			t.Skip("only Linux has a death signal")
		}
	}
	Redis(t, nil) // is it there at all?
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, dir, ok := strings.Cut(strings.TrimSpace(line), " ")
	if err == nil && ok && !answers(addr) {
		t.Errorf("the other process's server on %q does not answer", addr)
	}
	_ = cmd.Process.Kill() // it may have ended by itself
	_ = cmd.Wait()         // it was killed
	if err != nil || !ok {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	defer os.RemoveAll(dir)
	if !eventually(func() bool { return !answers(addr) }) {
		t.Error("a killed process's server answers")
	}
}

func TestMissing(t *testing.T) {
	p := &program{names: []string{"no-such-server"}, debian: "such-servers"}
	for env, skips := range map[string]bool{"": true, "1": false} {
		t.Setenv("HOOKLATCH_REQUIRE_SERVERS", env)
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() { defer close(done); own(r, p) }()
		<-done
		if r.skipped != skips || r.failed == skips {
			t.Errorf("HOOKLATCH_REQUIRE_SERVERS=%q: skipped %v, failed %v", env, r.skipped, r.failed)
		}
		if !strings.Contains(r.said, "apt-get install such-servers") {
			t.Errorf("it says %q, want the package's name", r.said)
		}
	}
}

func TestUnready(t *testing.T) {
	p := redisProgram(RedisOptions{})
	p.args = func(*Server) []string { return []string{"--no-such-option"} }
	s, err := launchOnce(p, "redis-server")
	if err == nil || !strings.Contains(err.Error(), "no-such-option") {
		t.Errorf("got %v, %v, want an error with the server's own words", s, err)
	}
}
