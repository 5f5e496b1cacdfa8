//go:build unix

package testserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Server is a running server. Its methods fail the test when they can't do
// what they say; they are not for concurrent use.
type Server struct {
	// Addr is where it listens: 127.0.0.1 and a port. It stays the same over
	// restarts.
	Addr string

	// Dir is its folder, with its data and its log. It stays the same over
	// restarts.
	Dir string

	program *program
	path    string
	run     *run // nil while it is not running
}

// A program is what the engines differ in. All but names, debian, args and
// ready may be zero.
type program struct {
	names   []string               // what the program is called, the preferred one first
	folders []string               // where to look beside the PATH, as for filepath.Glob
	debian  string                 // the package that has it
	user    *syscall.Credential    // who runs it; nil: the user of the test
	clock   bool                   // it has a clock of its own
	prepare func(*Server) error    // called before the first start; the folder is the user's
	args    func(*Server) []string // without the program's name
	ready   func(*Server) error    // nil when this server, no other on its port, answers
	stop    syscall.Signal         // ends it in good order; 0: SIGTERM
}

// A run is one process of a server.
type run struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has been waited for
}

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 10 * time.Second
)

// A missingError says that a program is not there.
type missingError struct{ p *program }

func (e missingError) Error() string {
	return fmt.Sprintf("none of %q is in the PATH: on Debian, apt-get install %s", e.p.names, e.p.debian)
}

// unavailable ends the test that can't have its server.
func unavailable(t testing.TB, err error) {
	t.Helper()
	var missing missingError
	if errors.As(err, &missing) && os.Getenv("HOOKLATCH_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// own starts a server for one test, which ends with it.
func own(t testing.TB, p *program) *Server {
	t.Helper()
	s, err := launch(p)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of %s on %s ends with:\n%s", s.path, s.Addr, s.logged())
		}
		s.remove()
	})
	return s
}

// launch starts a server, on another port if one is taken meanwhile.
func launch(p *program) (*Server, error) {
	path, err := p.find()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		s, err := launchOnce(p, path)
		if err == nil || try == 3 {
			return s, err
		}
	}
}

func launchOnce(p *program, path string) (*Server, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hooklatch-"+filepath.Base(path)+"-")
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: addr, Dir: dir, program: p, path: path}
	if p.user != nil {
		err = os.Chown(dir, int(p.user.Uid), int(p.user.Gid))
	}
	if err == nil && p.clock {
		err = s.buildClock()
	}
	if err == nil && p.prepare != nil {
		err = p.prepare(s)
	}
	if err == nil {
		err = s.start()
	}
	if err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// find returns the program's path.
func (p *program) find() (string, error) {
	for _, name := range p.names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		for _, folder := range p.folders {
			if paths, err := filepath.Glob(filepath.Join(folder, name)); err == nil && len(paths) > 0 {
				return paths[len(paths)-1], nil
			}
		}
	}
	return "", missingError{p}
}

// freeAddr returns an address that no program listens on. Its port is below those
// that systems give to outgoing connections, so that none of these takes it
// while a server restarts; and Redis wants the port 10,000 above it too.
func freeAddr() (string, error) {
	var err error
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(12_000+rand.N(20_000)))
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", err
}

// port returns the port of Addr.
func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// pid returns the id of the server's process.
func (s *Server) pid() int { return s.run.cmd.Process.Pid }

// start runs the program and returns when it answers.
func (s *Server) start() error {
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has a descriptor of its own
	cmd := exec.Command(s.path, s.program.args(s)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	if s.program.clock {
		cmd.Env = append(os.Environ(), s.clockEnv()...)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.program.user}
	dieWithParent(cmd.SysProcAttr)
	if err := onLastingThread(cmd.Start); err != nil {
		return err
	}
	s.run = &run{cmd: cmd, exited: make(chan struct{})}
	go func(r *run) {
		defer close(r.exited)
		_ = r.cmd.Wait() // how it ends is the test's business
	}(s.run)
	return s.await()
}

// await returns when the server answers, or with why it doesn't.
func (s *Server) await() error {
	deadline := time.Now().Add(startTimeout)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := s.program.ready(s)
		if err == nil {
			return nil
		}
		select {
		case <-s.run.exited:
			return fmt.Errorf("%s ended at once: %s", s.path, s.logged())
		case <-time.After(pause):
		}
		if time.Now().After(deadline) {
			s.kill()
			return fmt.Errorf("%s is not ready after %v: %w: %s", s.path, startTimeout, err, s.logged())
		}
	}
}

// threads runs what must happen on a thread that lives as long as the process:
// the death signal that Linux sends to a child is for the end of the thread
// that started it, and Go ends idle threads as it likes.
var threads = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

func onLastingThread(f func() error) error {
	result := make(chan error)
	threads() <- func() { result <- f() }
	return <-result
}

func (s *Server) logFile() string { return filepath.Join(s.Dir, "server.log") }

// logged returns the end of the server's log.
func (s *Server) logged() string {
	log, err := os.ReadFile(s.logFile())
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-4096):])
}
