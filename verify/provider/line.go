package provider

import "github.com/hooklatch/hooklatch/verify"

func lineMessaging() Info {
	return Info{
		Title:    "LINE",
		Docs:     "https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
		Name:     "LINE",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "line",
			Headers:     verify.Headers{Signature: "X-Line-Signature"},
			Encoding:    verify.Base64,
			IDMembers:   []string{"events[].webhookEventId"},
			TypeMembers: []string{"events[].type"},
			DigestID:    true,
		},
	}
}

// LINE returns the scheme "line": X-Line-Signature is the base64 HMAC-SHA256 of
// the body. The secret is the channel secret. See
// https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/.
//
// The id stands for the webhookEventId of all events, which stays the same when
// LINE delivers them again, and the type is theirs, if all have the same. A
// body without events, which LINE sends to check the address, has its digest
// for an id. No time is signed: a captured delivery verifies forever, though
// always under its own id.
//
// For the error see [verify.New].
func LINE(secrets ...string) (*verify.Scheme, error) {
	return verify.New(lineMessaging().Spec, secrets...)
}
