package verify_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A mismatch is a realistic reason why a request does not verify, and what
// Explain should make of it.
type mismatch struct {
	name    string
	preset  string       // whose receiver it is
	spec    *verify.Spec // the receiver's, if it isn't the preset's
	keys    []string     // of the receiver; nil: the preset's new one
	secrets []string     // in the options

	// send signs into h as the sender did, and returns the body that came.
	send func(p *preset, h http.Header) string

	want   []verify.Mistake
	detail string // is part of the explanation

	// seen tells that the mistake shows, without a signature that matches.
	seen bool

	// unnamed is why the mistake can't be named.
	unnamed string
}

// mismatches is the whole set.
func mismatches() []mismatch {
	return slices.Concat(headerMismatches(), foreignMismatches(), signatureMismatches(), timeMismatches(), secretMismatches(),
		formatMismatches(), bodyMismatches(), reprintMismatches(), partMismatches(), unnamedMismatches())
}

// bodies returns a send function: the sender signed one body, and another came.
func bodies(signed, came string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		p.sign(h, p.new, "id-1", now, signed)
		return came
	}
}

// signedWith: the sender used another form of the secret.
func signedWith(secret string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		p.sign(h, secret, "id-1", now, testBody)
		return testBody
	}
}

// headers: the sender signed well, and then something happened to the headers.
func headers(spoil func(p *preset, h http.Header)) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		p.sign(h, p.new, "id-1", now, testBody)
		spoil(p, h)
		return testBody
	}
}

// linktreeOf: a Linktree request with these headers.
func linktreeOf(timestamp, signature string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		h.Set(p.timestamp, timestamp)
		h.Set(p.signature, signature)
		return testBody
	}
}

// signatureOf: a request of a preset without a timestamp.
func signatureOf(signature string) func(*preset, http.Header) string {
	return func(p *preset, h http.Header) string {
		h.Set(p.signature, signature)
		return testBody
	}
}

func TestMismatches(t *testing.T) {
	named, all := 0, mismatches()
	for _, c := range all {
		if c.unnamed == "" {
			named++
		}
		t.Run(c.name, func(t *testing.T) { c.test(t) })
	}
	t.Logf("%d of %d mismatches are named", named, len(all))
	if len(all) < 100 || named < len(all)*9/10 {
		t.Errorf("%d of %d mismatches are named, want nine tenths of 100 or more", named, len(all))
	}
}

func (c *mismatch) test(t *testing.T) {
	p := presetNamed(c.preset)
	if c.keys == nil {
		c.keys = []string{p.new}
	}
	var s *verify.Scheme
	if c.spec == nil {
		s = p.scheme(t, c.keys...)
	} else {
		var err error
		if s, err = verify.New(*c.spec, c.keys...); err != nil {
			t.Fatal(err)
		}
		s.Now = func() time.Time { return now }
	}
	h := http.Header{}
	body := c.send(p, h)
	e := s.Explain(h, []byte(body), &verify.ExplainOptions{Secrets: c.secrets, Providers: provider.Specs()})
	var got []verify.Mistake
	for _, f := range e.Findings {
		got = append(got, f.Mistake)
		if !e.Has(f.Mistake) {
			t.Errorf("Has(%v) = false", f.Mistake)
		}
	}
	matched := c.unnamed == "" && !c.seen
	if diff := cmp.Diff(c.want, got); diff != "" || e.Matched != matched || e.Err == nil || e.Incomplete {
		t.Errorf("Matched %v, want %v; findings (-want +got):\n%s\n%v", e.Matched, matched, diff, e)
	}
	if !strings.Contains(e.String(), c.detail) || (c.unnamed != "") != (c.want == nil) {
		t.Errorf("%q is not in %v", c.detail, e)
	}
	discreet(t, e, p, c.keys, h, body)
	c.headersAlone(t, s, h, got)
}

// headersAlone checks that what shows in the headers is found without a body,
// too.
func (c *mismatch) headersAlone(t *testing.T, s *verify.Scheme, h http.Header, all []verify.Mistake) {
	e := s.Explain(h, nil, &verify.ExplainOptions{Providers: provider.Specs()})
	if e.Matched || !e.HeadersOnly || e.Has(verify.MistakeBodyEmpty) {
		t.Errorf("without a body: %+v", e)
	}
	if err := s.CheckHeader(h); err != e.Err {
		t.Errorf("without a body: Err is %v, want CheckHeader's %v", e.Err, err)
	}
	for i, f := range e.Findings {
		if i >= len(all) || f.Mistake != all[i] {
			t.Errorf("without a body: %v, want the first of %v", e.Findings, all)
			break
		}
	}
}

// discreet checks that an explanation holds neither a secret nor a signature,
// right or wrong, nor anything of the body.
func discreet(t *testing.T, e verify.Explanation, p *preset, keys []string, h http.Header, body string) {
	t.Helper()
	text := fmt.Sprintf("%s %+v %v", e, e.Findings, e.LogValue())
	hidden := append(slices.Clone(keys), p.new, p.old, "a.b", "evt_1", "app_mention", "x.test", "link.created", "Ev1")
	for _, secret := range keys {
		right := http.Header{}
		if !strings.HasPrefix(p.name, "standard") {
			p.sign(right, secret, "id-1", now, body)
		}
		hidden = append(hidden, ends(right)...)
	}
	for _, secret := range append(hidden, ends(h)...) {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("the explanation holds %q: %s", secret, text)
		}
	}
	if strings.ContainsAny(text, "\n\r") {
		t.Errorf("more than one line: %q", text)
	}
}

// ends returns the ends of the long values in the headers: of signatures.
func ends(h http.Header) []string {
	var all []string
	for _, lines := range h {
		for _, line := range lines {
			if len(line) > 24 {
				all = append(all, line[len(line)-16:])
			}
		}
	}
	return all
}
