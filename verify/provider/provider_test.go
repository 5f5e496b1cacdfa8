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
		s, err := verify.New(spec, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
		if err != nil {
			t.Fatal(err)
		}
		h, body := http.Header{}, []byte("{}")
		if err := s.Sign(h, verify.Envelope{ID: "1", Type: "a"}, body); err != nil {
			t.Errorf("%s: %v", spec.Name, err)
		}
		if _, err := s.Verify(t.Context(), h, body); err != nil {
			t.Errorf("%s: %v", spec.Name, err)
		}
		for i := range spec.Aliases {
			spec.Aliases[i].Signature = "Spoilt"
		}
		for i := range spec.IDMembers {
			spec.IDMembers[i] = "spoilt"
		}
	}
	if want := []string{"linktree", "standard-webhooks", "stripe", "github", "slack", "shopify"}; !slices.Equal(names, want) {
		t.Errorf("Specs are of %q, want %q", names, want)
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
