// Command plot writes the tables and the picture of docs/performance.md from
// what command run has measured. Run it in bench.
//
// In the page, what lies between the lines <!-- name --> and <!-- /name --> is
// its own; the rest is left as it is.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	from := flag.String("results", "results", "the folder that command run has written to")
	to := flag.String("docs", "../docs", "the folder of performance.md")
	flag.Parse()
	files, err := generate(*from, *to)
	if err != nil {
		log.Fatal("plot: ", err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(*to, name), []byte(text), 0o666); err != nil {
			log.Fatal("plot: ", err)
		}
	}
}

// generate returns the files that are to be in the folder to.
func generate(from, to string) (map[string]string, error) {
	r, err := readResults(from)
	if err != nil {
		return nil, err
	}
	versions, err := versions(from)
	if err != nil {
		return nil, err
	}
	const name = "performance.md"
	page, err := os.ReadFile(filepath.Join(to, name))
	if err != nil {
		return nil, err
	}
	text := string(page)
	for _, part := range []struct{ name, text string }{
		{"versions", versions},
		{"targets", r.targets()},
		{"verify", r.verify()},
		{"handler", r.receive("Handler", "ns/op")},
		{"serve", r.receive("Serve", "cpu-ns/op")},
		{"text", r.receive("Shape/shape=text", "ns/op")},
		{"load", r.load()},
		{"growth", r.growth()},
		{"attack", r.attack()},
	} {
		if text, err = replace(text, part.name, part.text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return map[string]string{name: text, "performance.svg": r.chart()}, nil
}

// replace puts text between the lines that bear the name.
func replace(page, name, text string) (string, error) {
	open, closing := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	before, rest, ok := strings.Cut(page, open)
	_, after, ok2 := strings.Cut(rest, closing)
	if !ok || !ok2 {
		return "", fmt.Errorf("no place for %q", name)
	}
	return before + open + text + closing + after, nil
}

// versions is the table of the machine and the programs.
func versions(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "versions.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		fmt.Fprintf(&b, "- %s: %s\n", name, value)
	}
	return b.String(), nil
}
