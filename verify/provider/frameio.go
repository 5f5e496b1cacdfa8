package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func frameIO() Info {
	return Info{
		Title:    "Frame.io",
		Docs:     "https://developer.adobe.com/frameio/guides/Webhooks/",
		Name:     "FrameIO",
		Timeout:  5 * time.Second,
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "frame.io",
			Headers:     verify.Headers{Signature: "X-Frameio-Signature", Timestamp: "X-Frameio-Request-Timestamp"},
			Signed:      "v0:{timestamp}:{body}",
			Prefix:      "v0=",
			TypeMembers: []string{"type"},
			DigestID:    true,
		},
	}
}

// FrameIO returns the scheme "frame.io": X-Frameio-Signature is "v0=" and the
// hexadecimal HMAC-SHA256 of "v0:", the Unix time in
// X-Frameio-Request-Timestamp, ":" and the body. See
// https://developer.adobe.com/frameio/guides/Webhooks/.
//
// The type is the body's. It names no id: the id is the digest of the body
// ([verify.Spec].DigestID). Two changes of one asset within its memory may have
// equal bodies, and are then one.
//
// For the error see [verify.New].
func FrameIO(secrets ...string) (*verify.Scheme, error) {
	return verify.New(frameIO().Spec, secrets...)
}
