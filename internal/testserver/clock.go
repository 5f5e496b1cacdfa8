//go:build unix

package testserver

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

//go:embed testdata/clock.c
var clockSource []byte

// compiler is what a server with a clock of its own needs beside its program.
var compiler = &program{names: []string{"gcc", "cc"}, debian: "gcc libc6-dev"}

// StepClock sets the clock of a server that was started with one of its own:
// forward, or back if by is negative. Steps add up.
func (s *Server) StepClock(t testing.TB, by time.Duration) {
	t.Helper()
	if !s.program.clock {
		t.Fatalf("%s has the machine's clock", s.path)
	}
	step, err := os.ReadFile(s.clockFile())
	if err == nil {
		by += time.Duration(binary.NativeEndian.Uint64(step))
		err = s.writeStep(by)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// buildClock compiles the clock into the server's folder.
func (s *Server) buildClock() error {
	cc, err := compiler.find()
	if err != nil {
		return err
	}
	source := filepath.Join(s.Dir, "clock.c")
	if err := os.WriteFile(source, clockSource, 0o644); err != nil {
		return err
	}
	cmd := exec.Command(cc, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", s.clockLibrary(), source)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", cc, err, out)
	}
	return s.writeStep(0)
}

func (s *Server) clockLibrary() string { return filepath.Join(s.Dir, "clock.so") }
func (s *Server) clockFile() string    { return filepath.Join(s.Dir, "clock") }

// clockEnv has the server's processes read its own clock.
func (s *Server) clockEnv() []string {
	return []string{"LD_PRELOAD=" + s.clockLibrary(), "TESTSERVER_CLOCK=" + s.clockFile()}
}

// writeStep writes in place, where the server's processes see it at once.
func (s *Server) writeStep(by time.Duration) error {
	f, err := os.OpenFile(s.clockFile(), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(by)))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
