//go:build unix

package testserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// PostgresOptions are what a PostgreSQL server can be told. The zero value is
// one that is quick: what it has answered survives Kill, but not a power cut.
type PostgresOptions struct {
	// Durable makes each commit last on the disk before it is answered, as a
	// server in production does.
	Durable bool

	// Clock gives the server a clock that [Server.StepClock] sets.
	Clock bool

	// Settings are further ones, as in postgresql.conf: "max_connections=20".
	Settings []string
}

// Postgres starts a PostgreSQL server for one test, which ends with it. Nil
// options mean the zero PostgresOptions. Its user and its database are called
// postgres; there is no password.
func Postgres(t testing.TB, o *PostgresOptions) *Server {
	t.Helper()
	if o == nil {
		o = &PostgresOptions{}
	}
	return own(t, postgresProgram(*o))
}

// SharedPostgres returns the PostgreSQL server that all tests of the binary
// use, each with a database or a schema of its own. It needs a TestMain; see
// [Main].
func SharedPostgres(t testing.TB) *Server {
	t.Helper()
	return share(t, "postgres", postgresProgram(PostgresOptions{}))
}

func postgresProgram(o PostgresOptions) *program {
	return &program{
		names:   []string{"postgres"},
		folders: []string{"/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin"},
		debian:  "postgresql",
		user:    unprivileged(),
		clock:   o.Clock,
		prepare: (*Server).initdb,
		args: func(s *Server) []string {
			args := []string{
				"-D", s.dataDir(), "-h", "127.0.0.1", "-p", s.port(), "-k", s.Dir,
				"-c", "max_connections=200",
			}
			if !o.Durable {
				args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off")
			}
			for _, setting := range o.Settings {
				args = append(args, "-c", setting)
			}
			return args
		},
		ready: (*Server).postmasterReady,
		stop:  syscall.SIGINT, // ends connections too
	}
}

// unprivileged returns who runs a server that refuses to be run by root, if the
// test is; nil otherwise.
func unprivileged() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		if uerr == nil && gerr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
}

func (s *Server) dataDir() string { return filepath.Join(s.Dir, "data") }

// initdb makes the server's data folder.
func (s *Server) initdb() error {
	// The server may be a link in the PATH; initdb lies beside the file.
	path, err := filepath.EvalSymlinks(s.path)
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(filepath.Dir(path), "initdb"),
		"-D", s.dataDir(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir = s.Dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.program.user}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// postmasterReady reads what the server says of itself in its lock file: its
// process id in the first line, its state in the eighth.
func (s *Server) postmasterReady() error {
	file, err := os.ReadFile(filepath.Join(s.dataDir(), "postmaster.pid"))
	if err != nil {
		return err
	}
	lines := strings.Split(string(file), "\n")
	if len(lines) < 8 || lines[0] != strconv.Itoa(s.pid()) || strings.TrimSpace(lines[7]) != "ready" {
		return errors.New("the server is starting")
	}
	return nil
}
