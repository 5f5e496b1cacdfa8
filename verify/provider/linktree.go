package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func linktree() Info {
	return Info{
		Title:    "Linktree",
		Docs:     "https://pkg.go.dev/github.com/hooklatch/hooklatch/linktree",
		Name:     "Linktree",
		Retries:  after(10*time.Second, 30*time.Second, 90*time.Second, 270*time.Second, 810*time.Second),
		Unsigned: "id",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name: "linktree",
			Headers: verify.Headers{
				Signature: "X-Linktree-Signature",
				Timestamp: "X-Linktree-Timestamp",
				ID:        "X-Linktree-Delivery-Id",
			},
			Signed: "{timestamp}.{body}",
		},
	}
}

// Linktree returns the scheme "linktree": X-Linktree-Signature is the
// hexadecimal HMAC-SHA256 of the Unix time in X-Linktree-Timestamp, a full
// stop, and the body. No first-party documentation of this contract is public;
// see package linktree.
//
// The delivery id, in X-Linktree-Delivery-Id, is not signed, so the Envelope has
// a ContentDigest. The event type is the body's member "type". The scheme does
// not read it: the Envelope's Type is empty, and dispatch.Mux finds it.
//
// For the error see [verify.New].
func Linktree(secrets ...string) (*verify.Scheme, error) {
	return verify.New(linktree().Spec, secrets...)
}
