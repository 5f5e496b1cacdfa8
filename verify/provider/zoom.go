package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func zoom() Info {
	return Info{
		Title:    "Zoom",
		Docs:     "https://developers.zoom.us/docs/api/webhooks/",
		Name:     "Zoom",
		Retries:  after(5*time.Minute, 30*time.Minute, 90*time.Minute),
		Timeout:  3 * time.Second,
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "zoom",
			Headers:     verify.Headers{Signature: "X-Zm-Signature", Timestamp: "X-Zm-Request-Timestamp"},
			Signed:      "v0:{timestamp}:{body}",
			Prefix:      "v0=",
			TypeMembers: []string{"event"},
			DigestID:    true,
		},
	}
}

// Zoom returns the scheme "zoom": X-Zm-Signature is "v0=" and the hexadecimal
// HMAC-SHA256 of "v0:", the Unix time in X-Zm-Request-Timestamp, ":" and the
// body. See https://developers.zoom.us/docs/api/webhooks/.
//
// The type is the body's event. It names no id: the id is the digest of the
// body ([verify.Spec].DigestID). A body names the time of its event, event_ts.
//
// For the error see [verify.New].
func Zoom(secrets ...string) (*verify.Scheme, error) {
	return verify.New(zoom().Spec, secrets...)
}
