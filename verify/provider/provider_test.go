package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// Specs has all of the package's providers, and each call its own slices.
func TestSpecs(t *testing.T) {
	var names []string
	for _, spec := range provider.Specs() {
		names = append(names, spec.Name)
		for i := range spec.Aliases {
			spec.Aliases[i].Signature = "Spoilt"
		}
		for i := range spec.IDMembers {
			spec.IDMembers[i] = "spoilt"
		}
	}
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != len(provider.All()) {
		t.Errorf("%d names for %d providers", n, len(provider.All()))
	}
	for _, spec := range provider.Specs() {
		if slices.Contains(spec.IDMembers, "spoilt") || len(spec.Aliases) > 0 && spec.Aliases[0].Signature == "Spoilt" {
			t.Errorf("%s: a caller changed the package's spec", spec.Name)
		}
	}
}

// Explain recognizes the requests of other providers if it is told of them.
func ExampleSpecs() {
	github, _ := provider.GitHub("my secret")
	header, body := http.Header{}, []byte("{}")
	if err := github.Sign(header, verify.Envelope{ID: "1", Type: "push"}, body); err != nil {
		fmt.Println(err)
	}

	linktree, _ := provider.Linktree("my secret")
	e := linktree.Explain(header, body, &verify.ExplainOptions{Providers: provider.Specs()})
	fmt.Println(e.Findings[0])
	// Output: another provider's headers: github
}
