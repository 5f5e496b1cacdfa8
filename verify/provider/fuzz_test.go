package provider_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// FuzzPresets gives every preset arbitrary requests. None that the fuzzer makes
// verifies, for it doesn't know the secret, and each is refused by an Error; what
// the scheme signs verifies, if it can be signed.
func FuzzPresets(f *testing.F) {
	all := provider.All()
	schemes := make([]*verify.Scheme, len(all))
	for i, info := range all {
		s := newSample(f, info)
		other := info
		other.Spec.Name += " of the fuzz target"
		secret := secretOf(other)
		if key, ok := anotherKey[info.Spec.Name]; ok {
			secret = key
		} else if info.Spec.Name == "sendgrid" {
			secret = newP256()
		}
		var err error
		if schemes[i], err = info.New(publicURL, secret); err != nil {
			f.Fatal(err)
		}
		schemes[i].Now = func() time.Time { return present }
		h := s.request.Header
		f.Add(byte(i), h.Get(info.Spec.Headers.Signature), h.Get(info.Spec.Headers.Timestamp), h.Get(info.Spec.Headers.ID), s.body, target, false)
		f.Add(byte(i), "Basic !", "2023-11-14T22:13:20Z", "a:b", s.event.Body, "/?access_token=x&bodySHA256=00", true)
	}
	f.Fuzz(func(t *testing.T, n byte, signature, timestamp, id string, body []byte, target string, sign bool) {
		info, s := all[int(n)%len(all)], schemes[int(n)%len(all)]
		if sign {
			signs(t, s, id, body, target)
			return
		}
		r := verify.Request{Method: http.MethodPost, Target: target, Header: http.Header{}}
		for name, value := range map[string]string{
			info.Spec.Headers.Signature: signature, info.Spec.Headers.Timestamp: timestamp, info.Spec.Headers.ID: id,
		} {
			if name != "" {
				r.Header.Set(name, value)
			}
		}
		for _, name := range info.Spec.ExtraSignatures {
			r.Header.Set(name, signature)
		}
		env, err := s.VerifyRequest(t.Context(), r, body)
		var e *verify.Error
		if err == nil || err != nil && !errors.As(err, &e) && target != "" {
			t.Fatalf("%s: %v, %v", info.Name, env, err)
		}
		if checked := s.CheckHeader(r.Header); checked != nil && err == nil {
			t.Fatalf("%s: CheckHeader = %v", info.Name, checked)
		}
		s.Explain(r.Header, body, &verify.ExplainOptions{Method: r.Method, Target: target})
	})
}

// anotherKey has private keys that no sample is signed with.
var anotherKey = map[string]string{
	"discord": "private:" + strings.Repeat("07", 32),
	"telnyx":  "private:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
}

func signs(t *testing.T, s *verify.Scheme, id string, body []byte, target string) {
	t.Helper()
	r := verify.Request{Method: http.MethodPost, Target: target, Header: http.Header{}}
	sent, err := s.SignRequest(&r, verify.Envelope{ID: id, Time: present}, body)
	if err != nil {
		return
	}
	if _, err := s.VerifyRequest(t.Context(), r, sent); err != nil && !errors.Is(err, verify.ErrMalformed) {
		t.Fatalf("%s: %v\n%v\n%q", s.Name(), err, r, sent)
	}
}
