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

// Kill ends the server at once, as a crash or a power cut of its process does
// (SIGKILL), and returns when it has ended.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.mustRun(t)
	s.kill()
}

// Restart starts a server that was killed, on its old address and folder, and
// returns when it answers.
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
// stopped, as far as /proc tells: connections stay open and the kernel takes
// new ones, but nothing is answered.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	s.mustRun(t)
	pids := append(s.signal(syscall.SIGSTOP), s.pid())
	if !eventually(func() bool { return !slices.ContainsFunc(pids, running) }) {
		t.Fatalf("%s does not stop", s.path)
	}
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

// remove ends the server, if it runs, and removes its folder.
func (s *Server) remove() {
	if s.run != nil {
		stop := s.program.stop
		if stop == 0 {
			stop = syscall.SIGTERM
		}
		s.signal(syscall.SIGCONT)          // in case it is paused
		_ = s.run.cmd.Process.Signal(stop) // it may have ended by itself
		select {
		case <-s.run.exited:
		case <-time.After(stopTimeout):
			s.kill()
		}
		s.run = nil
	}
	_ = os.RemoveAll(s.Dir) // a folder too many fails no test
}

func (s *Server) kill() {
	left := s.signal(syscall.SIGKILL)
	<-s.run.exited
	s.run = nil
	// Children end a moment later: PostgreSQL won't start beside them.
	eventually(func() bool { return !slices.ContainsFunc(left, alive) })
}

// signal sends sig to the server and its children, and returns these. The
// server is stopped meanwhile, so that it can neither start more of them nor
// see them end. Processes that have ended by themselves are not signaled.
func (s *Server) signal(sig syscall.Signal) []int {
	server := s.run.cmd.Process
	if sig != syscall.SIGCONT {
		_ = server.Signal(syscall.SIGSTOP)
	}
	pids := children(server.Pid)
	for _, pid := range pids {
		_ = syscall.Kill(pid, sig)
	}
	_ = server.Signal(sig)
	return pids
}

// eventually waits for a condition that must come soon.
func eventually(ok func() bool) bool {
	for deadline := time.Now().Add(stopTimeout); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// running reports whether the process is neither stopped nor ended, and alive
// whether it has not ended. Both are false on systems without /proc.
func running(pid int) bool { return alive(pid) && !strings.ContainsAny(state(pid), "Tt") }
func alive(pid int) bool   { return !strings.ContainsAny(state(pid), "ZX") && state(pid) != "" }

// state returns the letter that proc(5) has for a process, "" if there is none.
func state(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name before the state is in parentheses and may hold any character.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) == 0 {
		return ""
	}
	return fields[0]
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
