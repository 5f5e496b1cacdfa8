package inboxtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestRules wants each rule that failures quote to be in the contract, word for
// word.
func TestRules(t *testing.T) {
	var contract strings.Builder
	for _, name := range []string{"../doc.go", "../box.go", "../record.go"} {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(src)) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok {
				contract.WriteString(text + " ")
			}
		}
	}
	text := strings.NewReplacer("[", "", "]", "").Replace(strings.Join(strings.Fields(contract.String()), " "))

	file, err := parser.ParseFile(token.NewFileSet(), "rules.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			rule, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text, rule) {
				t.Errorf("the contract does not say %q", rule)
			}
			n++
		}
		return true
	})
	if n == 0 {
		t.Error("found no rules")
	}
}
