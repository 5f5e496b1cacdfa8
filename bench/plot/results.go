package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// results are what was measured: by benchmark, such as
// "Verify/format=slack/size=200/v=hooklatch", and by unit. Those with
// encoding/json version 2 have "jsonv2:" before their name.
type results map[string]map[string][]float64

// processors is what the testing package puts behind a name.
var processors = regexp.MustCompile(`-[0-9]+$`)

// readResults reads a folder that command run has written. Files that are not
// there have not been measured.
func readResults(dir string) (results, error) {
	r := make(results)
	for _, f := range []struct{ name, prefix string }{
		{"bench.txt", ""}, {"jsonv2.txt", "jsonv2:"}, {"large.txt", ""}, {"load.txt", ""}, {"attack.txt", ""},
	} {
		text, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err := r.read(string(text), f.prefix); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// read adds the lines of a benchmark's output.
func (r results) read(text, prefix string) error {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := prefix + processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if r[name] == nil {
			r[name] = make(map[string][]float64)
		}
		for pair := range slices.Chunk(fields[2:], 2) {
			value, err := strconv.ParseFloat(pair[0], 64)
			if err != nil {
				return err
			}
			if len(pair) == 2 {
				r[name][pair[1]] = append(r[name][pair[1]], value)
			}
		}
	}
	return nil
}

// median returns the median of what was measured, and whether anything was.
func (r results) median(name, unit string) (float64, bool) {
	v := slices.Sorted(slices.Values(r[name][unit]))
	if len(v) == 0 {
		return 0, false
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2, true
}

// ratio returns the median of one benchmark divided by that of another.
func (r results) ratio(a, b, unit string) (float64, bool) {
	x, ok := r.median(a, unit)
	y, ok2 := r.median(b, unit)
	if y == 0 {
		return 0, false
	}
	return x / y, ok && ok2
}

// values returns the values that a parameter takes in the benchmarks whose names
// begin so: numbers in their order.
func (r results) values(prefix, parameter string) []string {
	var found []string
	for name := range r {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		for part := range strings.SplitSeq(name, "/") {
			if v, ok := strings.CutPrefix(part, parameter+"="); ok && !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX == nil && errY == nil {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a, b)
	})
	return found
}
