package rotate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
	"github.com/hooklatch/hooklatch/verify/rotate"
)

// The secret is changed in the provider's dashboard and in the manager; the
// next delivery that is signed with the new one is accepted.
func ExampleNew() {
	stored := []string{"old-secret"} // stands for the secrets manager
	source := func(context.Context) ([]string, error) {
		return stored, nil
	}
	v := rotate.New(source, provider.Linktree, &rotate.Options{
		MinInterval: time.Nanosecond, // for the example: 10 s is wiser
	})

	ctx := context.Background()
	if err := v.Refresh(ctx); err != nil { // learn early that the manager can't be reached
		fmt.Println(err)
	}
	receive := func(signedWith string) {
		body := []byte(`{"type":"link.created"}`)
		_, err := v.Verify(ctx, sign(signedWith, body), body)
		fmt.Println("signed with "+signedWith+", accepted:", err == nil)
	}
	receive("old-secret")
	receive("new-secret")
	stored = []string{"new-secret", "old-secret"}
	receive("new-secret")
	receive("old-secret")
	// Output:
	// signed with old-secret, accepted: true
	// signed with new-secret, accepted: false
	// signed with new-secret, accepted: true
	// signed with old-secret, accepted: true
}

// A function around the constructor sets the scheme's fields.
func ExampleNew_tolerance() {
	source := func(context.Context) ([]string, error) {
		return []string{"secret"}, nil
	}
	build := func(secrets ...string) (*verify.Scheme, error) {
		s, err := provider.Linktree(secrets...)
		if err != nil {
			return nil, err
		}
		s.Tolerance = time.Minute
		return s, nil
	}
	v := rotate.New(source, build, nil)
	fmt.Println(v.Refresh(context.Background()))
	// Output: <nil>
}

// A manager that can't be reached is no reason to refuse a request: while no
// secrets are known, the error says that no decision could be made, and the
// sender should try again.
func ExampleVerifier_Verify_undecided() {
	source := func(context.Context) ([]string, error) {
		return nil, errors.New("manager unreachable")
	}
	v := rotate.New(source, provider.Linktree, nil)
	body := []byte(`{"type":"link.created"}`)
	_, err := v.Verify(context.Background(), sign("secret", body), body)
	var refusal *verify.Error
	fmt.Println(err)
	fmt.Println("refused:", errors.As(err, &refusal))
	// Output:
	// rotate: no secrets known yet: manager unreachable
	// refused: false
}

// sign plays the provider.
func sign(secret string, body []byte) http.Header {
	s, err := provider.Linktree(secret)
	if err != nil {
		panic(err)
	}
	h := http.Header{}
	if err := s.Sign(h, verify.Envelope{ID: "d1", Type: "link.created", Time: time.Now()}, body); err != nil {
		panic(err)
	}
	return h
}
