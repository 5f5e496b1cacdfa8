package provider

import (
	"fmt"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

// An Info is what is known of a provider: one row of the table in
// docs/providers.md, which is made of these.
type Info struct {
	// Spec is how it signs. [verify.Spec].Name is the provider's name
	// everywhere; a Spec that signs the URL lacks its PublicURL.
	Spec verify.Spec

	// Title is the provider's name as it writes it, and Name that of its
	// constructor in this package.
	Title, Name string

	// Docs is where the provider documents its signatures.
	Docs string

	// Retries are those that the provider promises.
	Retries Retries

	// Timeout is how long the provider waits for an answer. Zero means that
	// it isn't known.
	Timeout time.Duration

	// Unsigned names, in words, what the signature does not protect, so far
	// as a receiver might rely on it.
	Unsigned string

	// Proof is how the scheme has been compared with the provider.
	Proof Proof

	// Form tells that bodies are forms, not JSON.
	Form bool
}

// Retries are how often a provider delivers again what was not answered with 2xx.
// It delivers once more when its user asks, at any time; that doesn't count here.
type Retries struct {
	// Known tells that the other fields are what the provider documents or,
	// for programs that users run themselves, do.
	Known bool

	// Waits are the pauses before each retry. Nil means none, or that only
	// the Horizon is documented.
	Waits []time.Duration

	// Horizon is how long after the first attempt the last one may come.
	// Zero means that the provider doesn't retry.
	Horizon time.Duration
}

// after returns the retries with these waits.
func after(waits ...time.Duration) Retries {
	r := Retries{Known: true, Waits: waits}
	for _, w := range waits {
		r.Horizon += w
	}
	return r
}

// CheckRetention returns an error if a receiver that remembers a delivery's id
// for d would have forgotten it when the provider's last retry comes, so that it
// would take effect again. It returns nil for providers whose retries aren't
// known.
func (i Info) CheckRetention(d time.Duration) error {
	if i.Retries.Known && i.Retries.Horizon > d {
		return fmt.Errorf("provider: %s retries for %v, but ids are remembered for %v only", i.Spec.Name, i.Retries.Horizon, d)
	}
	return nil
}

// A Proof is how a scheme has been compared with its provider.
type Proof uint8

const (
	// ProofOwn: only this module's own code has made the signatures of its
	// tests, as the documentation says. That is weaker.
	ProofOwn Proof = iota

	// ProofVector: it verifies a request that the provider, or a library for
	// it, has published.
	ProofVector

	// ProofLibrary: it verifies what the provider's library signs, and the
	// other way round.
	ProofLibrary

	// ProofToken: there is no signature to compare, only the header's name.
	ProofToken
)

// String returns a few words for the table.
func (p Proof) String() string {
	switch p {
	case ProofVector:
		return "published vector"
	case ProofLibrary:
		return "the provider's library"
	case ProofToken:
		return "documented header"
	}
	return "signed by us only"
}

// NeedsURL reports whether the provider signs the URL, so that New needs it.
func (i Info) NeedsURL() bool { return strings.Contains(i.Spec.Signed, "{url}") }

// New returns the provider's scheme, as its constructor does. url is the address
// under which the provider knows the endpoint, see [verify.Spec].PublicURL;
// providers that don't sign it ignore it. For the error see [verify.New].
func (i Info) New(url string, secrets ...string) (*verify.Scheme, error) {
	if i.NeedsURL() {
		i.Spec.PublicURL = url
	}
	return verify.New(i.Spec, secrets...)
}
