package verify

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// explainBudget is how many bytes Explain hashes at most: a tenth of a second
// or so.
const explainBudget = 64 << 20

// ExplainOptions are what [Scheme.Explain] may try besides what it knows.
type ExplainOptions struct {
	// Secrets are others that the sender might have used: earlier ones, or
	// those of other endpoints. They needn't be well formed.
	Secrets []string

	// Providers are other providers whose headers and ways to sign Explain
	// should recognize, usually those of package provider (its Specs).
	Providers []Spec
}

// An Explanation says why a request does not verify. It holds neither the
// right signature nor a secret nor anything of the body, and may be logged. It
// must not be sent to the caller: it would tell an attacker how close they are.
type Explanation struct {
	// Err is what Verify says to the request.
	Err error

	// Matched tells whether the signature is right once the Findings are
	// put right, all together: then whoever sent the request knows the
	// secret. It is also true if Err is nil.
	Matched bool

	// Findings are the mistakes: those that can be seen, and if Matched,
	// those that were found by trying.
	Findings []Finding

	// Skew is how far the timestamp is behind the clock; negative if it is
	// ahead. It is zero if there is no readable timestamp.
	Skew time.Duration

	// Incomplete tells that not everything was tried: the body is too long
	// for so much work.
	Incomplete bool
}

// Has reports whether m is among the Findings.
func (e Explanation) Has(m Mistake) bool {
	return slices.ContainsFunc(e.Findings, func(f Finding) bool { return f.Mistake == m })
}

// String returns the explanation in one line.
func (e Explanation) String() string {
	if e.Err == nil {
		return "the signature is right"
	}
	var b strings.Builder
	b.WriteString(e.Err.Error())
	for i, f := range e.Findings {
		b.WriteString([]string{"; found: ", "; "}[min(i, 1)])
		b.WriteString(f.String())
	}
	switch {
	case e.Matched:
		b.WriteString("; apart from that the signature is right")
	case e.Incomplete:
		b.WriteString("; the signature was not explained, but the body is too long to try everything")
	default:
		b.WriteString("; no usual mistake explains the signature: another secret, or another body?")
	}
	return b.String()
}

// LogValue makes slog log the String.
func (e Explanation) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Explain says why a request does not verify, by trying the usual mistakes: a
// newline too many, JSON that was parsed and printed again, a secret that
// should have been decoded, a timestamp in milliseconds, the headers of another
// provider, a clock that is off. It tries each alone, then each two of
// different kinds, and stops at the first that make the signature match.
//
// It is for developers and their logs. It does much more work than Verify,
// though a bounded amount (about a tenth of a second at worst): call it while
// you look for a mistake, not for every request that is refused, and don't
// send what it says to the caller.
//
// h and body are those that Verify refused; they need not be as they came over
// the wire, which may well be the mistake. A nil o means no options. It is safe
// for concurrent use.
func (s *Scheme) Explain(h http.Header, body []byte, o *ExplainOptions) Explanation {
	var e Explanation
	if _, e.Err = s.Verify(context.Background(), h, body); e.Err == nil {
		e.Matched = true
		return e
	}
	if len(s.keys) == 0 {
		return e
	}
	if o == nil {
		o = &ExplainOptions{}
	}
	x := explainer{scheme: s, e: &e, budget: explainBudget, providers: o.Providers}
	x.readHeaders(h)
	x.readTime()
	x.readCandidates()
	if len(body) == 0 {
		x.find(MistakeBodyEmpty, "")
	}
	if len(x.candidates) > 0 {
		x.search(s.keyVariants(o.Secrets), x.formatVariants(), bodyVariants(body))
	}
	return e
}

// An explainer is one call of Explain.
type explainer struct {
	scheme *Scheme
	e      *Explanation

	providers  []Spec
	spec       *Spec // the scheme's, or that of the provider whose headers came
	signature  string
	timestamp  string
	id         string
	candidates []candidate
	budget     int // bytes left to hash
}

// A candidate is a signature that was sent, decoded.
type candidate struct {
	bytes   []byte
	finding *Finding // nil if it is written as it should be
}

func (x *explainer) find(m Mistake, detail string) {
	x.e.Findings = append(x.e.Findings, Finding{m, detail})
}

// search tries each variant alone, then each two of different kinds. The first
// of each kind is what the scheme itself would do.
func (x *explainer) search(keys []keyVariant, formats []formatVariant, bodies []bodyVariant) {
	for level := range 3 {
		for b := range bodies {
			for f := range formats {
				for k := range keys {
					if min(b, 1)+min(f, 1)+min(k, 1) != level {
						continue
					}
					cost := len(bodies[b].bytes) + 128
					if x.budget < cost {
						x.e.Incomplete = true
						return
					}
					x.budget -= cost
					if x.try(&keys[k], &formats[f], &bodies[b]) {
						return
					}
				}
			}
		}
	}
}

// try reports whether this is how one of the candidates was made, and if it is
// adds the findings.
func (x *explainer) try(k *keyVariant, f *formatVariant, b *bodyVariant) bool {
	for i := range x.candidates {
		c := &x.candidates[i]
		hashFinding, ok := k.made(c.bytes, f, b.bytes, x.scheme.spec.Hash)
		if !ok {
			continue
		}
		x.e.Matched = true
		for _, finding := range [...]*Finding{c.finding, hashFinding, k.finding, f.finding, b.finding} {
			if finding != nil {
				x.e.Findings = append(x.e.Findings, *finding)
			}
		}
		return true
	}
	return false
}
