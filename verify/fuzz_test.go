package verify_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// FuzzVerify gives every preset arbitrary headers and bodies. What verifies
// must be signed by a known secret, by an account of the rules that shares
// nothing with the package; and what is so signed must verify.
func FuzzVerify(f *testing.F) {
	for i := range presets {
		p := &presets[i]
		h := p.header(p.new, now)
		f.Add(byte(i), h.Get(p.signature), h.Get(p.timestamp), h.Get(p.id), testBody, false)
		f.Add(byte(i), h.Get(p.signature), h.Get(p.timestamp), h.Get(p.id), testBody, true)
		h = p.header(p.old, now.Add(-time.Minute))
		f.Add(byte(i), h.Get(p.signature), h.Get(p.timestamp), h.Get(p.id), testBody, false)
		f.Add(byte(i), h.Get(p.signature)+h.Get(p.signature), "", "", "", false)
	}
	f.Fuzz(func(t *testing.T, n byte, signature, timestamp, id, body string, sign bool) {
		p := &presets[int(n)%len(presets)]
		s := p.scheme(t, p.new, p.old)
		h := http.Header{p.signature: {signature}}
		if p.timestamp != "" {
			h[p.timestamp] = []string{timestamp}
		}
		if p.id != "" {
			h[p.id] = []string{id}
		}
		if sign { // and then the body is the fuzzer's
			p.sign(h, p.old, id, now, body)
		}
		checked := s.CheckHeader(h)
		env, err := s.Verify(t.Context(), h, []byte(body))
		want := genuine(p, h, body)
		if (err == nil) != want {
			t.Fatalf("Verify = %v, want genuine: %v\n%q\n%q", err, want, h, body)
		}
		if err == nil {
			if checked != nil || env.Provider != s.Name() || env.KeyID == "" {
				t.Errorf("CheckHeader = %v, %+v", checked, env)
			}
			return
		}
		var e *verify.Error
		if !errors.As(err, &e) {
			t.Fatalf("Verify = %v", err)
		}
		if (checked == nil) != errors.Is(err, verify.ErrMismatch) || checked != nil && checked.Error() != err.Error() {
			t.Errorf("CheckHeader = %v, Verify = %v", checked, err)
		}
	})
}

// FuzzSignatureList signs for one place in a list of anything.
func FuzzSignatureList(f *testing.F) {
	f.Add("v0=x,", ",v1=y", false)
	f.Add("t=1,", "", true)
	f.Add("v1=00 ", " v2,abc", true)
	f.Add(strings.Repeat("v1,", 20), "", true)
	f.Fuzz(func(t *testing.T, before, after string, standard bool) {
		p := presetNamed("stripe")
		if standard {
			p = presetNamed("standard-webhooks")
		}
		s := p.scheme(t, p.new)
		h := p.header(p.new, now)
		h[p.signature] = []string{before + h.Get(p.signature) + after}
		_, err := s.Verify(t.Context(), h, []byte(testBody))
		if want := genuine(p, h, testBody); (err == nil) != want {
			t.Fatalf("Verify = %v, want genuine: %v: %q", err, want, h)
		}
	})
}

// FuzzNew: no Spec makes New panic, and one that it accepts verifies what it
// signs.
func FuzzNew(f *testing.F) {
	f.Add("acme", "Sig", "Time", "Id", "{timestamp}.{body}", "v1=", ",", "", byte(0), "secret")
	f.Add("acme", "Sig", "", "Id", "{id}.{timestamp}.{body}", "v1=", ",", "t=", byte(1), "c2VjcmV0")
	f.Add("acme", "Sig", "", "", "", "", "", "", byte(14), "00ff")
	f.Fuzz(func(t *testing.T, name, sig, ts, id, signed, prefix, separator, tsPrefix string, kinds byte, secret string) {
		spec := verify.Spec{
			Name: name, Headers: verify.Headers{Signature: sig, Timestamp: ts, ID: id}, Signed: signed,
			Prefix: prefix, Separator: separator, TimestampPrefix: tsPrefix,
			Encoding: verify.Encoding(kinds & 3), SecretFormat: verify.SecretFormat(kinds >> 2 & 3),
		}
		s, err := verify.New(spec, secret)
		if err != nil {
			if s != nil {
				t.Fatal("a scheme and an error")
			}
			return
		}
		s.Now = func() time.Time { return now }
		h := http.Header{}
		if s.Sign(h, verify.Envelope{ID: "1d"}, []byte(testBody)) != nil {
			return
		}
		if _, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil && len(h.Get(sig)) < 4096 {
			t.Fatalf("%v: %q", err, h)
		}
		h[http.CanonicalHeaderKey(sig)] = []string{strings.Repeat("0", len(h.Get(sig)))}
		if _, err := s.Verify(t.Context(), h, []byte(testBody)); err == nil {
			t.Fatal("a signature of zeros was accepted")
		}
	})
}

// FuzzExplain: whatever came, it doesn't panic, and it agrees with Verify.
func FuzzExplain(f *testing.F) {
	for i := range presets {
		p := &presets[i]
		h := p.header(p.new, now)
		f.Add(byte(i), p.signature, h.Get(p.signature), h.Get(p.timestamp), testBody+"\n")
		f.Add(byte(i), "X-Hub-Signature-256", "sha1=00", "1", jsonBody)
	}
	f.Fuzz(func(t *testing.T, n byte, name, signature, timestamp, body string) {
		p := &presets[int(n)%len(presets)]
		s := p.scheme(t, p.new)
		h := http.Header{name: {signature}, p.timestamp: {timestamp}}
		_, err := s.Verify(t.Context(), h, []byte(body))
		e := s.Explain(h, []byte(body), &verify.ExplainOptions{Secrets: []string{p.old, body}, Providers: provider.Specs()})
		if !errors.Is(e.Err, errors.Unwrap(err)) || err == nil && e.Err != nil {
			t.Fatalf("Err = %v, Verify = %v", e.Err, err)
		}
		_ = e.String()
	})
}
