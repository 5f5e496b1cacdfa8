package verify_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

// A stripeValue is a Stripe-Signature header for testBody, and why it is
// refused; nil if it isn't.
type stripeValue struct {
	value string
	why   error
}

func stripeValues(p *preset) map[string]stripeValue {
	ts := unix(now)
	good := "v1=" + hexMAC(p.new, ts+"."+testBody)
	bad := "v1=" + hexMAC(p.old, ts+"."+testBody)
	return map[string]stripeValue{
		"usual":                 {"t=" + ts + "," + good, nil},
		"time last":             {good + ",t=" + ts, nil},
		"two":                   {"t=" + ts + "," + bad + "," + good, nil},
		"another version":       {"t=" + ts + "," + good + ",v0=6ffbb59b", nil},
		"16":                    {"t=" + ts + strings.Repeat(","+bad, 15) + "," + good, nil},
		"17":                    {"t=" + ts + strings.Repeat(","+bad, 16) + "," + good, verify.ErrMalformed},
		"17, right one first":   {"t=" + ts + "," + good + strings.Repeat(","+bad, 16), verify.ErrMalformed},
		"wrong":                 {"t=" + ts + "," + bad, verify.ErrMismatch},
		"no time":               {good, verify.ErrMalformed},
		"empty time":            {"t=," + good, verify.ErrMalformed},
		"two times":             {"t=" + ts + ",t=" + ts + "," + good, verify.ErrMalformed},
		"bad time":              {"t=+" + ts + "," + good, verify.ErrMalformed},
		"only another version":  {"t=" + ts + ",v0=" + good[3:], verify.ErrMalformed},
		"no signature":          {"t=" + ts, verify.ErrMalformed},
		"one can't be decoded":  {"t=" + ts + ",v1=xx," + good + ",v1=yy", nil},
		"none can be decoded":   {"t=" + ts + ",v1=xx,v1=yy", verify.ErrMalformed},
		"16, 15 not decodable":  {"t=" + ts + strings.Repeat(",v1=xx", 15) + "," + good, nil},
		"17, 16 not decodable":  {"t=" + ts + "," + good + strings.Repeat(",v1=xx", 16), verify.ErrMalformed},
		"no digest":             {"t=" + ts + ",v1=", verify.ErrMissing},
		"no digest, no time":    {"v1=", verify.ErrMissing},
		"one without digest":    {"t=" + ts + ",v1=," + good, nil},
		"no digest, another":    {"t=" + ts + ",v1=,v0=" + good[3:], verify.ErrMalformed},
		"another separator":     {"t=" + ts + ";" + good, verify.ErrMalformed},
		"a space":               {"t=" + ts + " , \t" + good + " ", nil},
		"a space in the middle": {"t=" + ts + ",v1= " + good[3:], verify.ErrMalformed},
		"only separators":       {",,,,", verify.ErrMalformed},
		"empty":                 {"", verify.ErrMissing},
		"too long":              {"t=" + ts + "," + good + strings.Repeat(",v9=x", 1000), verify.ErrMalformed},
		"expired":               {"t=1," + good, verify.ErrExpired},
		"signature of the time": {"t=" + ts + ",v1=" + hexMAC(p.new, testBody), verify.ErrMismatch},
	}
}

func TestStripeList(t *testing.T) {
	p := presetNamed("stripe")
	s := p.scheme(t, p.new)
	for name, c := range stripeValues(p) {
		t.Run(name, func(t *testing.T) {
			h := http.Header{p.signature: {c.value}}
			if c.why != nil {
				refused(t, s, h, testBody, p.signature, c.why, c.why != verify.ErrMismatch)
				return
			}
			if _, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStandardWebhooksList(t *testing.T) {
	p, asym := presetNamed("standard-webhooks"), presetNamed("standard-webhooks-ed25519")
	v1 := func(secret string) string { return p.header(secret, now).Get(p.signature) }
	v1a := func(secret string) string { return asym.header(secret, now).Get(p.signature) }
	for name, c := range map[string]struct {
		keys  []string
		value string
		why   error
		keyID string
	}{
		"two secrets":            {[]string{p.new}, v1(p.old) + " " + v1(p.new), nil, "1"},
		"bare secret":            {[]string{strings.TrimPrefix(p.new, "whsec_")}, v1(p.new), nil, "1"},
		"unknown versions":       {[]string{p.new}, "v2,abc v1b,x " + v1(p.new) + " v10,y", nil, "1"},
		"both kinds, HMAC key":   {[]string{p.new}, v1a(asym.old) + " " + v1(p.new), nil, "1"},
		"both kinds, public key": {[]string{publicKey}, v1(p.new) + " " + v1a(asym.old), nil, "1"},
		"both kinds of keys":     {[]string{p.new, publicKey}, v1a(asym.old), nil, "2"},
		"private key as seed":    {[]string{privateSeed}, v1a(asym.old), nil, "1"},
		"double space":           {[]string{p.new}, v1(p.old) + "  " + v1(p.new) + " ", nil, "1"},
		"comma, then a space":    {[]string{p.new}, strings.Replace(v1(p.new), ",", ", ", 1), verify.ErrMalformed, ""},
		"undecodable before":     {[]string{p.new}, "v1,%% v1a, " + v1(p.new) + " v1,AAAA", nil, "1"},
		"no digest":              {[]string{p.new}, "v1,", verify.ErrMissing, ""},
		"no digest, both kinds":  {[]string{p.new, publicKey}, "v1, v1a,", verify.ErrMissing, ""},
		"comma":                  {[]string{p.new}, v1(p.old) + "," + v1(p.new), verify.ErrMalformed, ""},
		"v1 for a public key":    {[]string{publicKey}, v1(p.new), verify.ErrMalformed, ""},
		"v1a for a secret":       {[]string{p.new}, v1a(asym.old), verify.ErrMalformed, ""},
		"HMAC called v1a":        {[]string{p.new, publicKey}, strings.Replace(v1(p.new), "v1,", "v1a,", 1), verify.ErrMalformed, ""},
		"ed25519 called v1":      {[]string{p.new, publicKey}, strings.Replace(v1a(asym.old), "v1a,", "v1,", 1), verify.ErrMalformed, ""},
		"HMAC padded to v1a": {
			[]string{p.new, publicKey},
			"v1a," + base64.StdEncoding.EncodeToString(append(unbase64(v1(p.new)[3:]), make([]byte, 32)...)), verify.ErrMismatch, "",
		},
		"another public key": {[]string{publicKey}, v1a(asym.new), verify.ErrMismatch, ""},
		"17 of both kinds":   {[]string{p.new, publicKey}, strings.Repeat(v1(p.old)+" ", 8) + strings.Repeat(v1a(asym.new)+" ", 8) + v1(p.new), verify.ErrMalformed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := p.scheme(t, c.keys...)
			h := p.header(p.new, now)
			h.Set(p.signature, c.value)
			if c.why != nil {
				refused(t, s, h, testBody, p.signature, c.why, c.why != verify.ErrMismatch)
				return
			}
			env, err := s.Verify(t.Context(), h, []byte(testBody))
			if err != nil || env.KeyID != c.keyID {
				t.Errorf("KeyID %q, %v; want %q", env.KeyID, err, c.keyID)
			}
		})
	}
}

// An HMAC keyed with a public key, which everybody knows, is no signature.
func TestStandardWebhooksPublicKeyIsNoSecret(t *testing.T) {
	p := presetNamed("standard-webhooks")
	s := p.scheme(t, publicKey)
	h := http.Header{}
	p.sign(h, strings.TrimPrefix(publicKey, "whpk_"), "id-1", now, testBody)
	refused(t, s, h, testBody, p.signature, verify.ErrMalformed, true)
	s = p.scheme(t, p.new, publicKey)
	refused(t, s, h, testBody, p.signature, verify.ErrMismatch, false)
}

func TestSvixHeaders(t *testing.T) {
	p := presetNamed("standard-webhooks")
	s := p.scheme(t, p.new)
	svix := func(h http.Header) http.Header {
		out := http.Header{}
		for name, values := range h {
			out[strings.Replace(name, "Webhook-", "Svix-", 1)] = values
		}
		return out
	}
	good := svix(p.header(p.new, now))
	if env, err := s.Verify(t.Context(), good, []byte(testBody)); err != nil || env.ID != "id-1" {
		t.Errorf("%v, %v", env, err)
	}
	h := good.Clone()
	h.Del("Svix-Id")
	refused(t, s, h, testBody, "Svix-Id", verify.ErrMissing, true)
	h.Set("Webhook-Id", "id-1") // of the other set
	refused(t, s, h, testBody, "Svix-Id", verify.ErrMissing, true)
	h = good.Clone()
	h.Add("Svix-Timestamp", unix(now))
	refused(t, s, h, testBody, "Svix-Timestamp", verify.ErrMalformed, true)

	// Both sets: the first decides, right or wrong.
	both := p.header(p.new, now)
	for name := range good {
		both.Set(name, "nonsense")
	}
	if _, err := s.Verify(t.Context(), both, []byte(testBody)); err != nil {
		t.Error(err)
	}
	both = good.Clone()
	both.Set("Webhook-Signature", "v1,nonsense")
	refused(t, s, both, testBody, "Webhook-Timestamp", verify.ErrMissing, true)
}
