package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func dropbox() Info {
	return Info{
		Title:    "Dropbox",
		Docs:     "https://www.dropbox.com/developers/reference/webhooks",
		Name:     "Dropbox",
		Timeout:  10 * time.Second,
		Unsigned: "time; there is no id",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:    "dropbox",
			Headers: verify.Headers{Signature: "X-Dropbox-Signature"},
		},
	}
}

// Dropbox returns the scheme "dropbox": X-Dropbox-Signature is the hexadecimal
// HMAC-SHA256 of the body. The secret is the app secret. See
// https://www.dropbox.com/developers/reference/webhooks.
//
// A notification says only that something changed in an account, and the next
// one has the same bytes: there is no id, and a digest would drop what must not
// be dropped. The layer Once refuses requests without an id. Let
// [OnceOptions.ID] return a fresh id for each, or use the layers without Once,
// and read the changes from a cursor of your own.
//
// For the error see [verify.New].
//
// [OnceOptions.ID]: https://pkg.go.dev/github.com/hooklatch/hooklatch/middleware#OnceOptions
func Dropbox(secrets ...string) (*verify.Scheme, error) {
	return verify.New(dropbox().Spec, secrets...)
}
