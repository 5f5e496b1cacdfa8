package provider_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const (
	publicURL = "https://hooks.example.com/receiver"
	target    = "/receiver?tenant=1"
	eventType = "thing.changed"
)

var present = time.Unix(1_700_000_000, 0).UTC()

// A sample is a genuine request of a provider, and the scheme that verifies it.
type sample struct {
	info    provider.Info
	scheme  *verify.Scheme
	event   hooktest.Event
	request verify.Request
	body    []byte
}

// p256 is the private key of the samples: making one costs time.
var p256 = sync.OnceValue(newP256)

func newP256() string {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	b, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		panic(err)
	}
	return "private:" + base64.StdEncoding.EncodeToString(b)
}

// secretOf returns a secret that no other provider has, in the provider's form.
func secretOf(info provider.Info) string {
	sum := sha256.Sum256([]byte("secret of " + info.Spec.Name))
	switch {
	case info.Spec.Name == "sendgrid":
		return p256()
	case info.Spec.Name == "discord":
		return "private:" + hex.EncodeToString(sum[:])
	case info.Spec.Name == "telnyx":
		return "private:" + base64.StdEncoding.EncodeToString(sum[:])
	case info.Spec.SecretFormat == verify.SecretHex:
		return hex.EncodeToString(sum[:])
	}
	return base64.StdEncoding.EncodeToString(sum[:])
}

func newSample(t testing.TB, info provider.Info) *sample {
	t.Helper()
	s := &sample{info: info}
	var err error
	if s.scheme, err = info.New(publicURL, secretOf(info)); err != nil {
		t.Fatal(err)
	}
	s.scheme.Now = func() time.Time { return present }
	s.event = hooktest.ProviderEvent(info, eventType)
	if info.Spec.TimestampMember != "" {
		s.event.Body = bytes.ReplaceAll(s.event.Body, bodyTime(t, s.event.Body), []byte("1700000000000"))
	}
	r := hooktest.ProviderRequest(t, target, s.scheme, s.event)
	s.request = verify.NewRequest(r)
	if s.body, err = io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
	return s
}

// bodyTime returns the number after the only member with a time.
func bodyTime(t testing.TB, body []byte) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(body, []byte(`webhookTimestamp":`))
	if !ok {
		t.Fatalf("no time in %s", body)
	}
	return rest[:bytes.IndexAny(rest, ",}")]
}

func (s *sample) verify(h http.Header, body []byte) (verify.Envelope, error) {
	r := s.request
	r.Header = h
	return s.scheme.VerifyRequest(context.Background(), r, body)
}

// refused checks that a spoilt request is, by an Error.
func (s *sample) refused(t *testing.T, what string, h http.Header, body []byte) {
	t.Helper()
	env, err := s.verify(h, body)
	var e *verify.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: accepted as %v, %v", what, env, err)
	}
}

func forEach(t *testing.T, f func(t *testing.T, s *sample)) {
	t.Helper()
	for _, info := range provider.All() {
		t.Run(info.Spec.Name, func(t *testing.T) { f(t, newSample(t, info)) })
	}
}

// withoutID and withoutType are providers that name none.
var (
	withoutID   = []string{"dropbox"}
	withoutType = []string{
		"asana", "cloudevents-binary", "convoy", "dropbox", "hookdeck", "linktree", "mandrill", "quickbooks", "standard-webhooks", "telegram", "x",
	}
)

func TestGenuine(t *testing.T) {
	forEach(t, func(t *testing.T, s *sample) {
		env, err := s.verify(s.request.Header, s.body)
		if err != nil {
			t.Fatalf("%v\n%v\n%s", err, s.request, s.body)
		}
		name := s.info.Spec.Name
		if env.Provider != name || (env.ID == "") != slices.Contains(withoutID, name) {
			t.Errorf("Provider %q, ID %q", env.Provider, env.ID)
		}
		named := !slices.Contains(withoutType, name) || s.info.Spec.Headers.Type != "" || len(s.info.Spec.TypeMembers) > 0
		if named && env.Type != eventType || !named && env.Type != "" {
			t.Errorf("Type %q, want it: %v", env.Type, named)
		}
		if len(env.ID) > 255 {
			t.Errorf("the ID has %d bytes", len(env.ID))
		}
		if signsTime := s.info.Spec.Headers.Timestamp != "" || s.info.Spec.TimestampPrefix != "" || s.info.Spec.TimestampMember != "" || name == "mailgun"; signsTime != !env.Time.IsZero() {
			t.Errorf("Time %v, want one: %v", env.Time, signsTime)
		}
		again, err := s.verify(s.request.Header, s.body)
		if err != nil || again != env {
			t.Errorf("the second time %v, %v", again, err)
		}
	})
}

// protected are the parts of bodies of which only some are signed; nil for all.
func (s *sample) protected(i int) bool {
	var parts []string
	switch s.info.Spec.Name {
	case "adyen":
		parts = []string{`"EUR"`, "1000", eventType, `"TestMerchant"`, `"reference"`, s.event.ID, `"true"`, `"hmacSignature":"`}
	case "mailgun":
		parts = []string{`"token":"` + s.event.ID, `"timestamp":"1700000000`, `"signature":"`}
	case "braintree":
		_, payload, _ := bytes.Cut(s.body, []byte("bt_payload="))
		payload, _, _ = bytes.Cut(payload, []byte("&"))
		parts = []string{string(payload)}
	default:
		return s.info.Spec.Token == 0
	}
	for _, part := range parts {
		at := bytes.Index(s.body, []byte(part))
		if at >= 0 && i >= at && i < at+len(part) {
			return true
		}
	}
	return false
}

// TestChangedBody: no byte of a signed body can be changed.
func TestChangedBody(t *testing.T) {
	forEach(t, func(t *testing.T, s *sample) {
		for i := range s.body {
			body := bytes.Clone(s.body)
			if body[i] ^= 1; s.protected(i) {
				s.refused(t, "byte "+string(s.body[:i])+"|", s.request.Header, body)
			}
		}
		if s.info.Spec.Token == 0 && s.info.Spec.Seal == nil {
			s.refused(t, "byte added", s.request.Header, append(bytes.Clone(s.body), '0'))
			s.refused(t, "no body", s.request.Header, nil)
		}
	})
}

// signedHeaders are those whose every byte counts.
func (s *sample) signedHeaders() []string {
	h := s.info.Spec.Headers
	names := []string{h.Signature, h.Timestamp}
	if strings.Contains(s.info.Spec.Signed, "{id}") {
		names = append(names, h.ID)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

func TestChangedHeader(t *testing.T) {
	forEach(t, func(t *testing.T, s *sample) {
		for _, name := range s.signedHeaders() {
			value := s.request.Header.Get(name)
			if value == "" {
				t.Fatalf("%s is not sent", name)
			}
			for i := range len(value) {
				h := s.request.Header.Clone()
				h.Set(name, value[:i]+string(value[i]^1)+value[i+1:])
				s.refused(t, name+": byte "+value[:i]+"|", h, s.body)
			}
			h := s.request.Header.Clone()
			h.Del(name)
			if env, err := s.verify(h, s.body); !errors.Is(err, verify.ErrMissing) {
				t.Errorf("without %s: %v, %v; want ErrMissing", name, env, err)
			}
			h[http.CanonicalHeaderKey(name)] = []string{value, "x"}
			if s.info.Spec.Separator == "" || name != s.info.Spec.Headers.Signature {
				s.refused(t, name+" twice", h, s.body)
			}
		}
	})
}

// TestStale: where a time is signed, a request gets old, and can't be made
// younger.
func TestStale(t *testing.T) {
	forEach(t, func(t *testing.T, s *sample) {
		env, err := s.verify(s.request.Header, s.body)
		if err != nil {
			t.Fatal(err)
		}
		for _, shift := range []time.Duration{-time.Hour, time.Hour} {
			s.scheme.Now = func() time.Time { return present.Add(shift) }
			_, err := s.verify(s.request.Header, s.body)
			if env.Time.IsZero() != (err == nil) || err != nil && !errors.Is(err, verify.ErrExpired) {
				t.Errorf("an hour off: %v", err)
			}
		}
	})
}

// TestChangedURL: neither another path nor another query is what was signed.
func TestChangedURL(t *testing.T) {
	n := 0
	for _, info := range provider.All() {
		if !info.NeedsURL() {
			continue
		}
		n++
		t.Run(info.Spec.Name, func(t *testing.T) {
			s := newSample(t, info)
			for _, other := range []string{"/receiver?tenant=2", "/receiver", "/receiver?tenant=1&", "/receiver?", "*"} {
				s.request.Target = other
				s.refused(t, other, s.request.Header, s.body)
			}
			s.request.Target = "http://elsewhere.example.com" + target // as through a forward proxy
			if _, err := s.verify(s.request.Header, s.body); err != nil {
				t.Error(err)
			}
			for _, url := range []string{"http://hooks.example.com/receiver", "https://hooks.example.com/other", "https://evil.example.com/receiver", "https://hooks.example.com/receiver/"} {
				var err error
				s.scheme, err = info.New(url, secretOf(info))
				if err != nil {
					t.Fatal(err)
				}
				s.scheme.Now = func() time.Time { return present }
				s.refused(t, url, s.request.Header, s.body)
			}
			var e *verify.Error
			if _, err := s.scheme.Verify(t.Context(), s.request.Header, s.body); err == nil || errors.As(err, &e) {
				t.Errorf("without a URL: %v, want an error that refuses nothing", err)
			}
			if strings.Contains(info.Spec.Signed, "{method}") {
				s = newSample(t, info)
				s.request.Method = http.MethodPut
				s.refused(t, "PUT", s.request.Header, s.body)
			}
			if _, err := info.New("", secretOf(info)); err == nil {
				t.Error("New without a URL made a scheme")
			}
		})
	}
	if n < 5 {
		t.Errorf("only %d providers sign the URL", n)
	}
}

// TestOtherProviders: what one provider sends is nothing to another.
func TestOtherProviders(t *testing.T) {
	var samples []*sample
	for _, info := range provider.All() {
		samples = append(samples, newSample(t, info))
	}
	for _, from := range samples {
		for _, to := range samples {
			if from == to {
				continue
			}
			r := from.request
			var e *verify.Error
			if env, err := to.scheme.VerifyRequest(t.Context(), r, from.body); !errors.As(err, &e) {
				t.Errorf("%s accepts a request of %s: %v, %v", to.info.Spec.Name, from.info.Spec.Name, env, err)
			}
		}
	}
}

// TestSecondSecret: a request by any of the secrets is genuine.
func TestSecondSecret(t *testing.T) {
	forEach(t, func(t *testing.T, s *sample) {
		if s.info.Spec.Name == "sendgrid" {
			return // there is one key
		}
		other := s.info
		other.Spec.Name += "!"
		secret := secretOf(other)
		if strings.HasPrefix(secretOf(s.info), "private:") {
			_, old, _ := strings.Cut(secretOf(s.info), ":")
			secret = "private:" + string(old[0]^1) + old[1:]
			if s.info.Spec.Name == "discord" {
				secret = "private:" + strings.Repeat("0", len(old))
			}
		}
		var err error
		if s.scheme, err = s.info.New(publicURL, secret, secretOf(s.info)); err != nil {
			t.Fatal(err)
		}
		s.scheme.Now = func() time.Time { return present }
		if env, err := s.verify(s.request.Header, s.body); err != nil || env.KeyID != "2" {
			t.Errorf("%v, %v", env.KeyID, err)
		}
	})
}
