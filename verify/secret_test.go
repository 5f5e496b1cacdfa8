package verify_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

func TestNoSecret(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		for name, secrets := range map[string][]string{
			"none":        nil,
			"empty":       {""},
			"blank":       {" \t\r\n"},
			"empty first": {"", p.new},
			"empty last":  {p.new, ""},
		} {
			if s, err := p.make(secrets...); s != nil || !errors.Is(err, verify.ErrNoSecret) {
				t.Errorf("%s: %v, %v", name, s, err)
			}
		}
		for _, secret := range []string{p.new + "\n", p.new + "\r\n", " " + p.new, p.new + "\u00a0"} {
			s, err := p.make(p.old, secret)
			if s != nil || err == nil || !strings.Contains(err.Error(), "secret 2") || strings.Contains(err.Error(), p.new) {
				t.Errorf("%q: %v, %v", secret, s, err)
			}
		}
	})
}

func TestNewJoinsErrors(t *testing.T) {
	_, err := verify.New(verify.Spec{
		Name:          "no good",
		Headers:       verify.Headers{Timestamp: "X-Time", ID: "X Id"},
		Signed:        "{time}",
		TimestampUnit: 60e9,
		Encoding:      9,
		Hash:          1,
		SecretFormat:  verify.SecretHex,
	}, "xyzzy-is-not-hex", "", " padded")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"Name:", "no Signature", "Signed:", "TimestampUnit:", "Encoding:", "Hash:", `"X Id"`,
		"secret 1: not hexadecimal", "secret 2: it is empty", "secret 3: it begins or ends",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in the error:\n%v", want, err)
		}
	}
	if !errors.Is(err, verify.ErrNoSecret) {
		t.Error("the error does not wrap ErrNoSecret")
	}
	for _, secret := range []string{"xyzzy", "padded"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error quotes a secret:\n%v", err)
		}
	}
}

func TestRotation(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new, p.old)
		check := func(secret, keyID string) {
			t.Helper()
			env, err := s.Verify(t.Context(), p.header(secret, now), []byte(testBody))
			if err != nil || env.KeyID != keyID {
				t.Errorf("KeyID %q, %v; want %q", env.KeyID, err, keyID)
			}
		}
		for range 3 {
			check(p.old, "2")
			check(p.old, "2")
			check(p.new, "1")
		}
		s = p.scheme(t, p.new)
		refused(t, s, p.header(p.old, now), testBody, p.signature, verify.ErrMismatch, false)
	})
}
