package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/bench/process"
)

// versions records the machine and the software, as lines "name: value".
func (r *runner) versions(ctx context.Context) error {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%s: %s\n", name, strings.TrimSpace(value)) }
	says := func(name string, args ...string) string {
		// A program that is missing was not measured either, and wrk exits
		// with 1 when asked for its version.
		out, _ := exec.CommandContext(ctx, name, args...).Output()
		first, _, _ := strings.Cut(string(out), "\n")
		return first
	}
	if r.quick {
		line("of no use", "this was a quick run, to see that everything works")
	}
	line("date", time.Now().UTC().Format(time.DateOnly))
	line("processor", fmt.Sprintf("%s, %d cores", process.CPUModel(), runtime.NumCPU()))
	line("SHA instructions", strconv.FormatBool(process.CPUHas("sha_ni")))
	line("kernel", says("uname", "-sr"))
	line("Go", runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH)
	line("Node", says("node", "--version"))
	wrk, _, _ := strings.Cut(strings.TrimPrefix(says("wrk", "-v"), "wrk "), " [")
	line("wrk", wrk)
	modules := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{if not .Indirect}}{{.Path}} {{.Version}}{{end}}", "all")
	modules.Env = append(modules.Environ(), "GOWORK=off") // this module's alone
	list, err := modules.Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	for text := range strings.Lines(string(list)) {
		path, version, _ := strings.Cut(strings.TrimSpace(text), " ")
		if strings.Contains(path, "hooklatch/") || version == "" {
			continue
		}
		line(path, version)
	}
	for _, name := range []string{"express", "fastify"} {
		version, err := locked(name)
		if err != nil {
			return err
		}
		line(name, version)
	}
	return os.WriteFile(filepath.Join(r.results, "versions.txt"), []byte(b.String()), 0o666)
}

// locked returns the version of a Node package that is compared.
func locked(name string) (string, error) {
	text, err := os.ReadFile("node/package-lock.json")
	if err != nil {
		return "", err
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return "", err
	}
	return lock.Packages["node_modules/"+name].Version, nil
}
