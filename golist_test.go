package hooklatch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A listed package is one of "go list": of this project or a dependency.
type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
	Module     *struct{ Path string }
}

// packages lists the production packages of all modules and what they depend
// on, by import path. Where this module was downloaded as a dependency, the
// others are not there.
func packages(t *testing.T) map[string]listed {
	t.Helper()
	all, err := listOnce()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return all
}

var listOnce = sync.OnceValues(func() (map[string]listed, error) {
	pattern, env := "work", "GOWORK="
	if _, err := os.Stat("bench/go.mod"); errors.Is(err, os.ErrNotExist) {
		pattern, env = "./...", "GOWORK=off"
	}
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Standard,Module", pattern)
	cmd.Env = append(cmd.Environ(), env)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	all := make(map[string]listed)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

// chains follows the imports of each package down to those that are sought. It
// returns the shortest chain for each import that leaves this module on the way.
func chains(all map[string]listed, from []string, sought func(listed) bool) []string {
	shortest := make(map[string][]string)
	for _, path := range from {
		way := chain(all, path, sought, make(map[string]bool))
		if way == nil {
			continue
		}
		last := 0
		for i, p := range way {
			if _, ours := short(p); ours {
				last = i
			}
		}
		key := strings.Join(way[last:], " ")
		if known := shortest[key]; known == nil || len(way) < len(known) {
			shortest[key] = way
		}
	}
	var texts []string
	for _, way := range shortest {
		texts = append(texts, strings.Join(way, " imports "))
	}
	return slices.Sorted(slices.Values(texts))
}

// chain returns the imports from a package to one that is sought, nil if there
// are none.
func chain(all map[string]listed, from string, sought func(listed) bool, seen map[string]bool) []string {
	p, ok := all[from] // "C" is no package
	if !ok || seen[from] {
		return nil
	}
	seen[from] = true
	if sought(p) {
		return []string{from}
	}
	for _, next := range p.Imports {
		if way := chain(all, next, sought, seen); way != nil {
			return append([]string{from}, way...)
		}
	}
	return nil
}
