package provider

import "github.com/hooklatch/hooklatch/verify"

// github: hex HMAC-SHA256 of the body.
func github() verify.Spec {
	return verify.Spec{
		Name: "github",
		Headers: verify.Headers{
			Signature: "X-Hub-Signature-256",
			ID:        "X-GitHub-Delivery",
			Type:      "X-GitHub-Event",
		},
		Prefix: "sha256=",
	}
}

// GitHub returns the scheme "github": X-Hub-Signature-256 is "sha256=" and the
// hexadecimal HMAC-SHA256 of the body. The old X-Hub-Signature, with SHA-1, is
// not read. See
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries.
//
// The id is X-GitHub-Delivery, the same when a delivery is sent again from the
// settings page; the type is X-GitHub-Event. Neither is signed, and there is no
// timestamp: whoever holds a captured delivery can send it again at any time
// and under any id. Only HTTPS protects against capture.
//
// The error is as [verify.New]'s.
func GitHub(secrets ...string) (*verify.Scheme, error) {
	return verify.New(github(), secrets...)
}
