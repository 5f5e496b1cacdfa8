package provider_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestPublicKeys: a key that can't be one is refused, and not quoted.
func TestPublicKeys(t *testing.T) {
	zeros := make([]byte, 32)
	for _, c := range []struct {
		make func(...string) (*verify.Scheme, error)
		key  string
		ok   bool
	}{
		{provider.Discord, hex.EncodeToString(zeros), true},
		{provider.Discord, strings.ToUpper(hex.EncodeToString([]byte("0123456789abcdefghijklmnopqrstuv"))), true},
		{provider.Discord, hex.EncodeToString(zeros[1:]), false},
		{provider.Discord, base64.StdEncoding.EncodeToString(zeros), false},
		{provider.Discord, "private:" + hex.EncodeToString(zeros[1:]), false},
		{provider.Telnyx, base64.StdEncoding.EncodeToString(zeros), true},
		{provider.Telnyx, base64.StdEncoding.EncodeToString(zeros[1:]), false},
		{provider.Telnyx, hex.EncodeToString(zeros), false},
		{provider.SendGrid, base64.StdEncoding.EncodeToString(zeros), false},
		{provider.SendGrid, "private:" + base64.StdEncoding.EncodeToString(zeros), false},
		{provider.SendGrid, "!not base64!", false},
		{provider.Adyen, "00ff", true},
		{provider.Adyen, "the key", false},
		{provider.GitLab, "a token", true},
		{provider.GitLab, "ein Schlüssel", false},
		{provider.GitLab, strings.Repeat("x", 1025), false},
	} {
		s, err := c.make(c.key)
		if (err == nil) != c.ok || (s != nil) != c.ok {
			t.Errorf("%q: %v", c.key, err)
		}
		if err != nil && strings.Contains(err.Error(), c.key) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
}

// TestTwoSignatures: either of two keys at once is enough, in either header.
func TestTwoSignatures(t *testing.T) {
	for _, c := range []struct {
		make   func(...string) (*verify.Scheme, error)
		second string // its header
	}{
		{provider.DocuSign, "X-Docusign-Signature-2"},
		{provider.Box, "Box-Signature-Secondary"},
		{provider.Hookdeck, "X-Hookdeck-Signature-2"},
	} {
		h, body := http.Header{}, []byte(`{"event":"a"}`)
		env := verify.Envelope{ID: "1", Time: present}
		sign := func(secret, name string) {
			s, err := c.make(secret)
			if err != nil {
				t.Fatal(err)
			}
			own := http.Header{}
			if err := s.Sign(own, env, body); err != nil {
				t.Fatal(err)
			}
			for k, v := range own {
				if h[k] == nil {
					h[k] = v
				} else if strings.Contains(k, "Signature") {
					h[name] = v
				}
			}
		}
		sign("the first", "")
		sign("the second", c.second)
		for secret, ok := range map[string]bool{"the first": true, "the second": true, "the third": false} {
			s, err := c.make(secret)
			if err != nil {
				t.Fatal(err)
			}
			s.Now = func() time.Time { return present }
			got, err := s.Verify(t.Context(), h, body)
			if (err == nil) != ok {
				t.Errorf("%s, %s: %v, %v", s.Name(), secret, got, err)
			}
			twice := h.Clone()
			twice[c.second] = append(twice[c.second], "x")
			if _, err := s.Verify(t.Context(), twice, body); err == nil {
				t.Errorf("%s: %s twice was accepted", s.Name(), c.second)
			}
		}
	}
}

// TestTwoSignaturesAreOneContent: an attacker who spoils one of two signatures
// makes no new content of a captured request.
func TestTwoSignaturesAreOneContent(t *testing.T) {
	both, err := provider.Box("the first", "the second")
	if err != nil {
		t.Fatal(err)
	}
	both.Now = func() time.Time { return present }
	body, h := []byte(`{"trigger":"FILE.UPLOADED"}`), http.Header{}
	for _, secret := range []string{"the second", "the first"} {
		s, err := provider.Box(secret)
		if err != nil {
			t.Fatal(err)
		}
		h["Box-Signature-Secondary"] = h["Box-Signature-Primary"]
		if err := s.Sign(h, verify.Envelope{ID: "1", Time: present}, body); err != nil {
			t.Fatal(err)
		}
	}
	digests := map[[32]byte]bool{}
	for _, spoilt := range []string{"", "Box-Signature-Primary", "Box-Signature-Secondary"} {
		sent := h.Clone()
		if spoilt != "" {
			sent.Set(spoilt, "x")
		}
		env, err := both.Verify(t.Context(), sent, body)
		if err != nil {
			t.Fatalf("%q spoilt: %v", spoilt, err)
		}
		digests[env.ContentDigest] = true
	}
	if len(digests) != 1 || digests[[32]byte{}] {
		t.Errorf("%d contents, want 1", len(digests))
	}
}

// TestTwilioForm: the parts of a form that have equal bytes, and a digest that is
// not the body's.
func TestTwilioForm(t *testing.T) {
	s, err := provider.Twilio("https://example.com/sms", "token")
	if err != nil {
		t.Fatal(err)
	}
	body := []byte("b=2&a=1&a=3&a=1")
	r := verify.Request{Method: http.MethodPost, Target: "/sms", Header: http.Header{}}
	if _, err := s.SignRequest(&r, verify.Envelope{}, body); err != nil {
		t.Fatal(err)
	}
	for text, ok := range map[string]bool{
		"b=2&a=1&a=3&a=1": true,
		"a=3&a=1&b=2":     true,  // Twilio signs them in order, and equal ones once
		"a=1&b=2":         false, // one is missing
		"a=3&b=2&a=1&c=":  false, // one too many
		"a=1&a=3&b=2;c":   false, // no form
	} {
		if _, err := s.VerifyRequest(t.Context(), r, []byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	sum := sha256.Sum256(body)
	digest := "bodySHA256=" + hex.EncodeToString(sum[:])
	if _, err := s.SignRequest(&verify.Request{Method: http.MethodPost, Target: "/sms?" + digest, Header: http.Header{}}, verify.Envelope{}, body); err != nil {
		t.Error(err)
	}
	for _, query := range []string{digest + "&" + digest, "bodySHA256=", "bodySHA256=00", "bodySHA256=x", "bodySHA256=00&bodySHA256=00", "%"} {
		r := verify.Request{Method: http.MethodPost, Target: "/sms?" + query, Header: http.Header{}}
		if _, err := s.SignRequest(&r, verify.Envelope{}, body); err == nil {
			t.Errorf("%s was signed", query)
		}
	}
}
