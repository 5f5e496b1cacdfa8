package rotate_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

var _ verify.RequestVerifier = (*rotate.Verifier)(nil)

// TestVerifyRequest: a scheme that signs the URL gets it, also after the secrets
// have changed.
func TestVerifyRequest(t *testing.T) {
	build := func(secrets ...string) (*verify.Scheme, error) {
		return provider.Square("https://hooks.example.com", secrets...)
	}
	secrets := []string{"old"}
	v := rotate.New(func(context.Context) ([]string, error) { return secrets, nil }, build, &rotate.Options{MinInterval: 1})
	send := func(secret, signed, sent string) error {
		s, err := build(secret)
		if err != nil {
			t.Fatal(err)
		}
		r := verify.Request{Method: http.MethodPost, Target: signed, Header: http.Header{}}
		if _, err := s.SignRequest(&r, verify.Envelope{}, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		r.Target = sent
		_, err = v.VerifyRequest(t.Context(), r, []byte("{}"))
		return err
	}
	if err := send("old", "/a", "/a"); err != nil {
		t.Error(err)
	}
	if err := send("old", "/a", "/b"); !errors.Is(err, verify.ErrMismatch) {
		t.Errorf("another path: %v", err)
	}
	secrets = []string{"new"}
	if err := send("new", "/a", "/a"); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	var refused *verify.Error
	if _, err := v.Verify(t.Context(), http.Header{"X-Square-Hmacsha256-Signature": {"x"}}, nil); err == nil || errors.As(err, &refused) {
		t.Errorf("without the URL: %v, want an error that refuses nothing", err)
	}
}
