//go:build unix

package testserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RedisOptions are what a Redis server can be told. The zero value is a server
// on its own that keeps all in memory.
type RedisOptions struct {
	// AOF makes each write last before it is answered (appendfsync always):
	// what was answered is there after Kill and Restart.
	AOF bool

	// Cluster makes it the only node of a Redis Cluster, with all slots. It
	// takes two seconds to be ready.
	Cluster bool

	// Clock gives the server a clock that [Server.StepClock] sets.
	Clock bool
}

// Redis starts a Redis or Valkey server for one test, which ends with it. Nil
// options mean the zero RedisOptions.
func Redis(t testing.TB, o *RedisOptions) *Server {
	t.Helper()
	if o == nil {
		o = &RedisOptions{}
	}
	return own(t, redisProgram(*o))
}

// SharedRedis returns the Redis or Valkey server that all tests of the binary
// use, each with key prefixes of its own. It needs a TestMain; see [Main].
func SharedRedis(t testing.TB) *Server {
	t.Helper()
	return share(t, "redis", redisProgram(RedisOptions{}))
}

func redisProgram(o RedisOptions) *program {
	return &program{
		names:  []string{"redis-server", "valkey-server"},
		debian: "redis-server",
		clock:  o.Clock,
		args: func(s *Server) []string {
			args := []string{
				"--bind", "127.0.0.1", "--port", s.port(), "--dir", s.Dir,
				"--save", "", "--maxmemory-policy", "noeviction",
			}
			if o.AOF {
				args = append(args, "--appendonly", "yes", "--appendfsync", "always")
			}
			if o.Cluster {
				args = append(args, "--cluster-enabled", "yes")
			}
			return args
		},
		ready: func(s *Server) error {
			info, err := redisDo(s.Addr, "INFO")
			switch {
			case err != nil:
			case !strings.Contains(info, fmt.Sprintf("\nprocess_id:%d\r", s.pid())):
				err = errors.New("another server has taken the port")
			case !strings.Contains(info, "\nloading:0\r"):
				err = errors.New("it is reading its data")
			}
			if err == nil && o.Cluster {
				err = formCluster(s.Addr)
			}
			return err
		},
	}
}

// formCluster gives a node all slots, unless it has them.
func formCluster(addr string) error {
	info, err := redisDo(addr, "CLUSTER INFO")
	if err == nil && strings.Contains(info, "cluster_slots_assigned:0\r\n") {
		err = addSlots(addr)
	}
	if err == nil && !strings.Contains(info, "cluster_state:ok\r\n") {
		err = errors.New("the cluster is not ready")
	}
	return err
}

// addSlots does what ADDSLOTSRANGE does from Redis 7 on. A command on one line
// has at most 64 KiB.
func addSlots(addr string) error {
	for first := 0; first < 16384; first += 4096 {
		command := []byte("CLUSTER ADDSLOTS")
		for slot := range 4096 {
			command = fmt.Appendf(command, " %d", first+slot)
		}
		if _, err := redisDo(addr, string(command)); err != nil {
			return err
		}
	}
	return nil
}

// redisDo makes one call on a connection of its own and returns a status or a
// string.
func redisDo(addr, command string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case '+':
		return rest, nil
	case '-':
		return "", errors.New(rest)
	case '$':
		n, err := strconv.Atoi(rest)
		if err != nil || n < 0 {
			return "", fmt.Errorf("answer %q", line)
		}
		value := make([]byte, n)
		_, err = io.ReadFull(r, value)
		return string(value), err
	}
	return "", fmt.Errorf("answer %q", line)
}
