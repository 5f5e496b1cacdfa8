package adaptertest

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Snippets checks that the code which the documentation in the current folder
// shows is compiled and run: each snippet of the package comment and of README.md
// must stand in one of the folder's tests, line by line. Indentation and blank
// lines do not count.
func Snippets(t *testing.T) {
	t.Helper()
	all, err := snippets()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no snippets found")
	}
	var tests strings.Builder
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.WriteString(plain(string(text)))
	}
	for _, snippet := range all {
		if !strings.Contains(tests.String(), plain(snippet)) {
			t.Errorf("no test of this folder has this snippet of its documentation:\n%s", snippet)
		}
	}
}

var goBlocks = regexp.MustCompile("(?ms)^```go\n(.*?)^```")

// snippets returns the code blocks of README.md, if there is one, and of the
// package comment.
func snippets() ([]string, error) {
	var all []string
	readme, err := os.ReadFile("README.md")
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	for _, m := range goBlocks.FindAllStringSubmatch(string(readme), -1) {
		all = append(all, m[1])
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return nil, err
		}
		all = append(all, codeBlocks(parsed.Doc)...)
	}
	return all, nil
}

func codeBlocks(doc *ast.CommentGroup) []string {
	var all []string
	for _, block := range new(comment.Parser).Parse(doc.Text()).Content {
		if code, ok := block.(*comment.Code); ok {
			all = append(all, code.Text)
		}
	}
	return all
}

// plain drops indentation, blank lines, and the space before a comment.
func plain(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(spaces.ReplaceAllString(line, " // "))
			b.WriteByte('\n')
		}
	}
	return b.String()
}

var spaces = regexp.MustCompile(`[ \t]+// `)
