package verify_test

import (
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

func TestVerifyRepeated(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new)
		for _, name := range []string{p.signature, p.timestamp, p.id, p.typ} {
			if name == "" {
				continue
			}
			t.Run(name, func(t *testing.T) {
				h := p.header(p.new, now)
				h.Add(name, h.Get(name))
				if name == p.signature && strings.HasPrefix(p.name, "standard") { // a list; see TestSignatureLines
					if _, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil {
						t.Error(err)
					}
					return
				}
				refused(t, s, h, testBody, name, verify.ErrMalformed, true)
			})
		}
	})
}

func TestVerifySignatureMalformed(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new)
		good := p.header(p.new, now).Get(p.signature)
		i := strings.LastIndexAny(good, ",=") + 1
		if strings.HasSuffix(good, "=") {
			i = strings.Index(good, ",") + 1
		}
		prefix, sig := good[:i], good[i:]
		cases := map[string]string{
			"too short":   prefix + sig[:len(sig)-2],
			"too long":    prefix + sig + "00",
			"not encoded": prefix + strings.Repeat("!", len(sig)),
			"one wrong":   prefix + "!" + sig[1:],
			"newline":     prefix + "\n" + sig[1:],
			"spaces":      prefix + " " + sig,
			"twice":       prefix + sig + sig,
			"four times":  prefix + strings.Repeat(sig, 4),
			"unpadded":    prefix + strings.Repeat("A", len(sig)),
			"newlines":    prefix + strings.Repeat("\n", len(sig)),
			"very long":   prefix + strings.Repeat(sig, 200),
		}
		if !strings.HasSuffix(sig, "=") {
			delete(cases, "unpadded") // hex: well formed
		}
		if prefix != "" {
			cases["no prefix"] = sig
			cases["other prefix"] = "v9" + prefix + sig
		}
		if strings.HasSuffix(sig, "=") {
			cases["stray bits"] = prefix + sig[:len(sig)-2] + "B=" // in a last quantum of 16 bits
			cases["no padding"] = prefix + strings.TrimRight(sig, "=")
		}
		for name, value := range cases {
			t.Run(name, func(t *testing.T) {
				h := p.header(p.new, now)
				h[p.signature] = []string{value}
				refused(t, s, h, testBody, p.signature, verify.ErrMalformed, true)
			})
		}
	})
}
