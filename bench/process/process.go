// Package process runs the servers that are measured from outside.
package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Process is a running server.
type Process struct {
	Addr string // where it listens
	cmd  *exec.Cmd
}

// Start runs a server pinned to one processor, in folder dir, and waits until it
// has printed its address. It ends with ctx, or with Stop.
func Start(ctx context.Context, core int, dir string, env []string, command ...string) (*Process, error) {
	args := append([]string{"-c", strconv.Itoa(core)}, command...)
	cmd := exec.CommandContext(ctx, "taskset", args...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), env...), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd}
	line, err := bufio.NewReader(out).ReadString('\n')
	p.Addr = strings.TrimSpace(line)
	if err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s did not print its address: %w", strings.Join(command, " "), err)
	}
	return p, nil
}

// Stop kills the server and waits for its end.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.cmd.Wait()         // it was killed
}

// tick is the unit of times in /proc. It is the same on every Linux platform that
// Go supports.
const tick = 10 * time.Millisecond

// CPU is the processor time that the server has used.
func (p *Process) CPU() (time.Duration, error) {
	stat, err := os.ReadFile(p.file("stat"))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold anything; the times are the 12th
	// and 13th field after it.
	_, after, found := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if !found || len(fields) < 13 {
		return 0, errors.New("process: /proc: stat is not as proc(5) says")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, err
}

// Memory is the server's resident memory in KiB, now and at its peak.
func (p *Process) Memory() (now, peak int, err error) {
	status, err := os.ReadFile(p.file("status"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		into := map[string]*int{"VmRSS": &now, "VmHWM": &peak}[name]
		if into == nil {
			continue
		}
		if *into, err = strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB")); err != nil {
			return 0, 0, err
		}
	}
	if now == 0 || peak == 0 {
		return 0, 0, errors.New("process: /proc: status is not as proc(5) says")
	}
	return now, peak, nil
}

func (p *Process) file(name string) string {
	return filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), name)
}

// Build builds a command of the module and returns its path in folder dir. env
// is added to the environment.
func Build(ctx context.Context, dir, pkg string, env ...string) (string, error) {
	path := filepath.Join(dir, filepath.Base(pkg))
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, pkg)
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build %s: %w", pkg, err)
	}
	return path, nil
}

// CPUHas tells whether the machine's processor has a feature, as /proc/cpuinfo
// calls it.
func CPUHas(feature string) bool {
	return slices.Contains(strings.Fields(cpuInfo("flags")), feature)
}

// CPUModel is the name of the machine's processor, as "go test -bench" prints
// it; empty if it is not known.
func CPUModel() string { return cpuInfo("model name") }

// cpuInfo is a line of /proc/cpuinfo; empty if it is not there.
func cpuInfo(name string) string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, after, _ := strings.Cut(string(info), "\n"+name)
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimLeft(line, "\t :")
}
