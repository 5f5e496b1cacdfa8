//go:build unix

package testserver

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Stop ends the server in good order and returns when it has ended.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.mustRun(t)
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
}

// Kill ends the server at once, as a crash or a power cut of its process does
// (SIGKILL), and returns when it has ended.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.mustRun(t)
	s.kill()
}

// Restart starts a server that was stopped or killed, on its old address and
// folder, and returns when it answers.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if s.run != nil {
		t.Fatalf("%s is running", s.path)
	}
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

// Pause stops the server in mid-instruction (SIGSTOP) and returns when it has
// stopped, as far as /proc tells: connections stay open and new ones are taken
// by the kernel, but nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.mustRun(t)
	s.signal(syscall.SIGSTOP)
	pid := s.run.cmd.Process.Pid
	for _, p := range append(children(pid), pid) {
		for deadline := time.Now().Add(stopTimeout); running(p); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d of %s does not stop", p, s.path)
			}
		}
	}
}

// running reports whether the process is known to be neither stopped nor ended.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	// The name before the state is in parentheses and may hold any character.
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return state != "" && !strings.ContainsRune("TtZX", rune(state[0]))
}

// Resume lets a paused server go on. It answers what it was sent meanwhile.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	s.mustRun(t)
	s.signal(syscall.SIGCONT)
}

func (s *Server) mustRun(t testing.TB) {
	t.Helper()
	if s.run == nil {
		t.Fatalf("%s is not running", s.path)
	}
}

// end stops the server in good order, or kills it if it takes too long.
func (s *Server) end() error {
	stop := s.program.stop
	if stop == 0 {
		stop = syscall.SIGTERM
	}
	s.signal(syscall.SIGCONT)      // in case it is paused
	s.run.cmd.Process.Signal(stop) //nolint:errcheck // it may have ended by itself
	select {
	case <-s.run.exited:
		s.run = nil
		return nil
	case <-time.After(stopTimeout):
		s.kill()
		return fmt.Errorf("%s did not stop within %v: %s", s.path, stopTimeout, s.logged())
	}
}

func (s *Server) kill() {
	left := s.signal(syscall.SIGKILL)
	<-s.run.exited
	s.run = nil
	// Children end a moment later: PostgreSQL won't start beside them.
	for deadline := time.Now().Add(stopTimeout); time.Now().Before(deadline) && slices.ContainsFunc(left, runs); {
		time.Sleep(time.Millisecond)
	}
}

// remove ends the server, if it runs, and removes its folder.
func (s *Server) remove() {
	if s.run != nil {
		s.end() //nolint:errcheck // it is gone either way
	}
	os.RemoveAll(s.Dir) //nolint:errcheck // a folder too many fails no test
}

// signal sends sig to the server and its children. The server is stopped
// meanwhile, so that it can neither start more of them nor see them end. The
// children are returned.
func (s *Server) signal(sig syscall.Signal) []int {
	server := s.run.cmd.Process
	if sig != syscall.SIGCONT {
		server.Signal(syscall.SIGSTOP) //nolint:errcheck // it may have ended by itself
	}
	pids := children(server.Pid)
	for _, pid := range pids {
		syscall.Kill(pid, sig) //nolint:errcheck // as above
	}
	server.Signal(sig) //nolint:errcheck // as above
	return pids
}

// runs reports whether a process is there and not only waits to be waited for.
func runs(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(state, "Z")
}

// children returns the processes that pid has started and that still run. It
// finds none on systems that don't tell in /proc.
func children(pid int) []int {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return nil
	}
	var pids []int
	for _, field := range strings.Fields(string(list)) {
		if child, err := strconv.Atoi(field); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}
