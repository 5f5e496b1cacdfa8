package verify

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ExplainOptions are what [Scheme.Explain] may try besides what it knows. Nil
// means none.
type ExplainOptions struct {
	// Secrets are others that the sender may have used: earlier ones, or
	// those of other endpoints. They needn't be well formed.
	Secrets []string

	// Providers are other providers whose headers and signed strings Explain
	// should recognize, usually those of package provider (its Specs).
	Providers []Spec

	// Method and Target are those of the request, for schemes that sign
	// them; see [Request].
	Method, Target string
}

// An Explanation says why a request does not verify. It holds neither a secret,
// nor a signature, nor anything of the body, and may be logged. Don't send it to
// the caller: it would tell an attacker how close they are.
type Explanation struct {
	// Err is Verify's error for the request or, if the body was never read,
	// CheckHeader's.
	Err error

	// Matched tells that the signature is right once all of the Findings are
	// put right: the sender knows the secret. It is true if Verify returns no
	// error.
	Matched bool

	// HeadersOnly tells that the body was nil, and so no signature was tried.
	HeadersOnly bool

	// Findings are the mistakes: those that show by themselves and, if
	// Matched, those that Explain found by trying.
	Findings []Finding

	// Skew is how far the timestamp is behind the clock; negative if it is
	// ahead. It is zero if there is no readable timestamp.
	Skew time.Duration

	// Incomplete tells that Explain didn't try everything: the body is too
	// long for so much work.
	Incomplete bool
}

// Has reports whether m is among the Findings.
func (e Explanation) Has(m Mistake) bool {
	return slices.ContainsFunc(e.Findings, func(f Finding) bool { return f.Mistake == m })
}

// String returns the explanation in one line.
func (e Explanation) String() string {
	switch {
	case e.Err == nil && e.HeadersOnly:
		return "the headers are in order; the body was not read"
	case e.Err == nil:
		return "the signature is right"
	}
	var b strings.Builder
	b.WriteString(e.Err.Error())
	for i, f := range e.Findings {
		b.WriteString([]string{"; found: ", "; "}[min(i, 1)])
		b.WriteString(f.String())
	}
	b.WriteString(e.verdict())
	return b.String()
}

// verdict says what the findings mean for the signature.
func (e Explanation) verdict() string {
	switch {
	case e.Matched:
		return "; apart from that the signature is right"
	case e.Has(MistakeNoSecret), errors.Is(e.Err, ErrNoSecret):
		return ""
	case e.HeadersOnly:
		return "; the body was not read"
	case errors.Is(e.Err, ErrMissing):
		return ""
	case e.Incomplete:
		return "; the signature was not explained, but the body is too long to try everything"
	default:
		return "; no usual mistake explains the signature: another secret, or another body?"
	}
}

// LogValue makes slog log the String.
func (e Explanation) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Explain says why a request does not verify, by trying the usual mistakes: a
// newline too many, JSON that was parsed and printed again, a secret that
// should have been decoded, a timestamp in milliseconds, the headers of another
// provider, a clock that is off. It tries each alone, then each two of different
// kinds, and stops at the first that make the signature match.
//
// It is for developers and their logs. It does much more work than Verify,
// though a bounded amount: some tenths of a second and some 32 MiB at worst. Use
// it while you look for a mistake, not for every request that is refused.
//
// h and body are those that Verify refused. They need not be as they came over
// the wire, which may well be the mistake. A nil body means that the body was
// never read, as when CheckHeader refused the request: Explain looks at the
// headers alone. An empty body that isn't nil means that the request had none,
// and Explain says so.
//
// For tokens, and for signatures that only an Open function finds, it returns
// Verify's error and no more.
//
// It is safe for concurrent use.
func (s *Scheme) Explain(h http.Header, body []byte, o *ExplainOptions) Explanation {
	if o == nil {
		o = &ExplainOptions{}
	}
	r := Request{Method: o.Method, Target: o.Target, Header: h}
	e := Explanation{HeadersOnly: body == nil}
	if e.HeadersOnly {
		e.Err = s.CheckHeader(h)
	} else {
		_, e.Err = s.VerifyRequest(context.Background(), r, body)
		e.Matched = e.Err == nil
	}
	if e.Err == nil || s == nil || len(s.keys) == 0 || s.spec.Open != nil || s.spec.Token != 0 || errors.Is(e.Err, errNeedsRequest) {
		return e
	}
	d := diagnosis{scheme: s, e: &e, header: h, providers: o.Providers, budget: maxWork}
	var m message
	_ = s.readRequest(r, &m) // VerifyRequest has returned its error
	d.parts = m.parts
	d.readHeaders()
	d.readTime()
	d.readTimeMember(body)
	d.readSignatures()
	if body == nil {
		return e
	}
	if len(body) == 0 {
		d.find(MistakeBodyEmpty, "")
	}
	if len(d.candidates) > 0 {
		d.search(s.keyVariants(o.Secrets), d.formatVariants(), d.bodyVariants(body))
	}
	e.Incomplete = e.Incomplete && !e.Matched
	if !e.Matched && !e.Has(MistakeNoSecret) {
		d.inspectBody(body)
	}
	return e
}
