package hooklatch_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmeBlocks returns the README's blocks of Go, without their indentation.
func readmeBlocks(t *testing.T) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^ *```go\n(.*?)^ *```").FindAllStringSubmatch(string(readme), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) < 6 {
		t.Fatalf("only %d blocks of Go in the README", len(blocks))
	}
	return blocks
}

// TestReadmeProgram builds the program that the README begins with.
func TestReadmeProgram(t *testing.T) {
	program := readmeBlocks(t)[0]
	if !strings.HasPrefix(program, "package main") {
		t.Fatal("the README's first block is no program")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "program"), file).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), "gofmt", "-l", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("the README's program is not formatted: %v %s", err, out)
	}
}

// TestReadmeSnippets: each line of the README's other blocks stands in a test or
// an example of this repository, in this order and together, and so is compiled
// and run there.
func TestReadmeSnippets(t *testing.T) {
	sources := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		sources[path] = dedent(string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range readmeBlocks(t)[1:] {
		found := false
		for _, source := range sources {
			found = found || strings.Contains(source, dedent(block))
		}
		if !found {
			t.Errorf("no test has this block of the README:\n%s", block)
		}
	}
}

// dedent drops blank lines, and of each other line the indentation and what
// gofmt does to the space before a comment.
func dedent(text string) string {
	comment := regexp.MustCompile(`[ \t]+// `)
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(comment.ReplaceAllString(line, " // "))
			b.WriteByte('\n')
		}
	}
	return b.String()
}
