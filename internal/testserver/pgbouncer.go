//go:build unix

package testserver

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// PgBouncer starts a PgBouncer for one test, in front of a PostgreSQL server.
// poolMode is "session", "transaction" or "statement". In all of them clients
// share a few of the server's connections.
func PgBouncer(t testing.TB, postgres *Server, poolMode string) *Server {
	t.Helper()
	return own(t, &program{
		names:   []string{"pgbouncer"},
		folders: []string{"/usr/sbin"}, // where Debian has it, outside of users' PATH
		debian:  "pgbouncer",
		user:    unprivileged(),
		prepare: func(s *Server) error { return s.configurePgBouncer(postgres, poolMode) },
		args:    func(s *Server) []string { return []string{s.pgBouncerFile("ini")} },
		ready:   (*Server).pgBouncerReady,
	})
}

func (s *Server) pgBouncerFile(ext string) string { return filepath.Join(s.Dir, "pgbouncer."+ext) }

func (s *Server) configurePgBouncer(postgres *Server, poolMode string) error {
	return os.WriteFile(s.pgBouncerFile("ini"), fmt.Appendf(nil, `[databases]
* = host=127.0.0.1 port=%s user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
pidfile = %s
auth_type = any
pool_mode = %s
default_pool_size = 4
max_client_conn = 500
`, postgres.port(), s.port(), s.pgBouncerFile("pid"), poolMode), 0o644)
}

// pgBouncerReady asks the server for TLS, which it answers to any client.
func (s *Server) pgBouncerReady() error {
	pid, err := os.ReadFile(s.pgBouncerFile("pid"))
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(pid)) != strconv.Itoa(s.pid()) {
		return fmt.Errorf("process %s has the port", pid)
	}
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, 1))
	return err
}
