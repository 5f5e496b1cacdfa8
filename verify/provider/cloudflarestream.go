package provider

import "github.com/hooklatch/hooklatch/verify"

func cloudflareStream() Info {
	return Info{
		Title:    "Cloudflare Stream",
		Docs:     "https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/",
		Name:     "CloudflareStream",
		Unsigned: "",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "cloudflare-stream",
			Headers:         verify.Headers{Signature: "Webhook-Signature"},
			Signed:          "{timestamp}.{body}",
			Prefix:          "sig1=",
			Separator:       ",",
			TimestampPrefix: "time=",
			TypeMembers:     []string{"status.state"},
			DigestID:        true,
		},
	}
}

// CloudflareStream returns the scheme "cloudflare-stream": Webhook-Signature
// lists the Unix time, as time=, and the hexadecimal HMAC-SHA256 of that time,
// a full stop, and the body, as sig1=. See
// https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/.
//
// The type is the state of the video, such as "ready". It names no id: the id
// is the digest of the body ([verify.Spec].DigestID).
//
// For the error see [verify.New].
func CloudflareStream(secrets ...string) (*verify.Scheme, error) {
	return verify.New(cloudflareStream().Spec, secrets...)
}
