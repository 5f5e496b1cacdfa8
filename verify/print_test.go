package verify_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestSchemeKeepsSecrets: who prints a scheme does not print its secrets.
func TestSchemeKeepsSecrets(t *testing.T) {
	const secret = "do-not-print-this"
	s, err := provider.Linktree(secret)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "verifier", s)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "verifier", s)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+"\n", s)
	}
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprint([]byte(secret))} {
		if strings.Contains(log.String(), form) {
			t.Errorf("printed: %s", log.String())
		}
	}
	if !strings.Contains(log.String(), "verify.Scheme(linktree)") {
		t.Errorf("printed without its name: %s", log.String())
	}
}

// TestNilScheme: a lookup in a map of schemes finds a nil one for a stranger.
func TestNilScheme(t *testing.T) {
	for _, s := range []*verify.Scheme{nil, new(verify.Scheme)} {
		if _, err := s.Verify(t.Context(), http.Header{}, nil); !errors.Is(err, verify.ErrNoSecret) {
			t.Errorf("Verify = %v, want %v", err, verify.ErrNoSecret)
		}
		if err := s.CheckHeader(http.Header{}); !errors.Is(err, verify.ErrNoSecret) {
			t.Errorf("CheckHeader = %v, want %v", err, verify.ErrNoSecret)
		}
		if err := s.Sign(http.Header{}, verify.Envelope{}, nil); !errors.Is(err, verify.ErrNoSecret) {
			t.Errorf("Sign = %v, want %v", err, verify.ErrNoSecret)
		}
		if s.Name() != "" {
			t.Errorf("Name = %q, want none", s.Name())
		}
	}
}

// TestContentDigestWithoutIDHeader: schemes whose id is not signed have a digest, even if
// the id is found in another way.
func TestContentDigestWithoutIDHeader(t *testing.T) {
	s, err := verify.New(verify.Spec{
		Name:    "acme",
		Headers: verify.Headers{Signature: "X-Acme-Signature", Timestamp: "X-Acme-Timestamp"},
		Signed:  "{timestamp}.{body}",
	}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	if err := s.Sign(h, verify.Envelope{}, nil); err != nil {
		t.Fatal(err)
	}
	env, err := s.Verify(t.Context(), h, nil)
	if err != nil || env.ContentDigest == [32]byte{} {
		t.Errorf("Envelope %v (error %v), want a ContentDigest", env, err)
	}
}
