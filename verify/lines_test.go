package verify_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

// cutAtCommas is what awslabs/aws-lambda-go-api-proxy makes of every header.
func cutAtCommas(value string) []string {
	lines := strings.Split(value, ",")
	for i := range lines {
		lines[i] = strings.Trim(lines[i], " ")
	}
	return lines
}

// signatureLines are a signature header's lines, and why they are refused; nil if
// they aren't.
type signatureLines struct {
	p     *preset
	lines []string
	why   error
}

func stripeLines() map[string]signatureLines {
	stripe := presetNamed("stripe")
	ts := "t=" + unix(now)
	v1 := "v1=" + hexMAC(stripe.new, unix(now)+"."+testBody)
	return map[string]signatureLines{
		"Stripe, cut at commas":         {stripe, cutAtCommas(ts + "," + v1), nil},
		"Stripe, cut at commas, spaces": {stripe, cutAtCommas(ts + ", v1=00, " + v1 + ", v0=00"), nil},
		"Stripe, two lines":             {stripe, []string{ts + ",v1=00", v1}, nil},
		"Stripe, two times":             {stripe, []string{ts + "," + v1, ts}, verify.ErrMalformed},
		"Stripe, no digest":             {stripe, []string{ts, "v1="}, verify.ErrMissing},
		"empty lines":                   {stripe, []string{"", ts, "", v1, ""}, nil},
		"only empty lines":              {stripe, make([]string, 10_000), verify.ErrMissing},
		"17 lines":                      {stripe, append([]string{ts, v1}, strings.Fields(strings.Repeat(v1+" ", 16))...), verify.ErrMalformed},
		"many bytes":                    {stripe, append([]string{ts, v1}, strings.Fields(strings.Repeat("x ", 2100))...), verify.ErrMalformed},
	}
}

func standardLines() map[string]signatureLines {
	standard, asym := presetNamed("standard-webhooks"), presetNamed("standard-webhooks-ed25519")
	old := standard.header(standard.old, now).Get(standard.signature)
	good := standard.header(standard.new, now).Get(standard.signature)
	ed := asym.header(asym.old, now).Get(asym.signature)
	return map[string]signatureLines{
		"Standard Webhooks, cut at its comma": {standard, cutAtCommas(good), nil},
		"two, cut at commas":                  {standard, cutAtCommas(old + " " + good), nil},
		"three, cut at commas":                {standard, cutAtCommas(old + " " + ed + " " + good), nil},
		"ed25519, cut at its comma":           {asym, cutAtCommas(ed), nil},
		"two whole lines":                     {standard, []string{old, good}, nil},
		"three whole lines":                   {standard, []string{good, ed, old}, nil},
		"no digest, cut":                      {standard, cutAtCommas("v1,"), verify.ErrMissing},
		"a prefix alone":                      {standard, []string{"v1"}, verify.ErrMalformed},
		"a prefix before nothing":             {standard, []string{good, "v1"}, nil},
		"two prefixes":                        {standard, []string{"v1", "v1", good[3:]}, verify.ErrMalformed},
		"another version, cut at its comma":   {standard, cutAtCommas("v2," + good[3:]), verify.ErrMalformed},
		"v1a, but an HMAC":                    {standard, cutAtCommas("v1a," + good[3:]), verify.ErrMalformed},
	}
}

// A list-valued signature header may come in several lines, and a gateway may
// have made them.
func TestSignatureLines(t *testing.T) {
	all := stripeLines()
	maps.Copy(all, standardLines())
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			s := c.p.scheme(t, c.p.new)
			if c.p.name == "standard-webhooks-ed25519" {
				s = c.p.scheme(t, publicKey)
			}
			h := c.p.header(c.p.new, now)
			h[c.p.signature] = c.lines
			if c.why != nil {
				refused(t, s, h, testBody, c.p.signature, c.why, true)
				return
			}
			if err := s.CheckHeader(h); err != nil {
				t.Errorf("CheckHeader: %v", err)
			}
			if _, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil {
				t.Error(err)
			}
		})
	}
}

// Lines of a list cost no memory either.
func TestAllocsSignatureLines(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	p := presetNamed("standard-webhooks")
	s := p.scheme(t, p.new)
	h := p.header(p.new, now)
	h[p.signature] = cutAtCommas(h.Get(p.signature))
	body := []byte(testBody)
	if got := testing.AllocsPerRun(200, func() { _, _ = s.Verify(t.Context(), h, body) }); got > 0 {
		t.Errorf("Verify allocates %v times", got)
	}
}

// An intermediary may join two lines with a comma: one line with a comma is
// refused as two lines are, unless it is signed.
func TestUnsignedListInOneLine(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new)
		for _, name := range []string{p.id, p.typ} {
			if name == "" {
				continue
			}
			value := p.header(p.new, now).Get(name)
			for _, list := range []string{value + ", " + value, value + "," + value, value + ",", ", " + value, ","} {
				h := p.header(p.new, now)
				if strings.HasPrefix(p.name, "standard") { // the id is signed
					p.sign(h, p.new, list, now, testBody)
					if env, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil || env.ID != list {
						t.Errorf("%q: %v, %v", list, env, err)
					}
					continue
				}
				h.Set(name, list)
				refused(t, s, h, testBody, name, verify.ErrMalformed, true)
				env := verify.Envelope{ID: "id-1", Type: list}
				if name == p.id {
					env = verify.Envelope{ID: list}
				}
				if err := s.Sign(http.Header{}, env, []byte(testBody)); err == nil {
					t.Errorf("Sign with %q: no error, but Verify refuses it", list)
				}
			}
		}
	})
}

// A prefix without a signature is what a sender without a secret sends: it is
// not signed at all.
func TestNoDigestIsMissing(t *testing.T) {
	for preset, value := range map[string]string{
		"github": "sha256=", "slack": "v0=", "stripe": "t=" + unix(now) + ",v1=", "standard-webhooks": "v1,",
		"linktree": "", "shopify": "",
	} {
		p := presetNamed(preset)
		h := p.header(p.new, now)
		h.Set(p.signature, value)
		refused(t, p.scheme(t, p.new), h, testBody, p.signature, verify.ErrMissing, true)
	}
}
