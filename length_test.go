package hooklatch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestFunctionsAreShort: a function of production code fits on a screen.
func TestFunctionsAreShort(t *testing.T) {
	const limit = 50 // lines, from func to the closing brace
	files := token.NewFileSet()
	functions := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == "testdata" || name == "node_modules" || len(name) > 1 && name[0] == '.'):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				functions++
				from, to := files.Position(n.Pos()), files.Position(n.End())
				if lines := to.Line - from.Line + 1; lines > limit {
					t.Errorf("%s: a function has at most %d lines, but this one has %d", from, limit, lines)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if functions < 100 {
		t.Errorf("only %d functions were found", functions)
	}
}
