package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func docuSign() Info {
	return Info{
		Title:    "DocuSign Connect",
		Docs:     "https://developers.docusign.com/platform/webhooks/connect/hmac/",
		Name:     "DocuSign",
		Retries:  Retries{Known: true, Horizon: 15 * 24 * time.Hour},
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:            "docusign",
			Headers:         verify.Headers{Signature: "X-DocuSign-Signature-1"},
			ExtraSignatures: []string{"X-DocuSign-Signature-2", "X-DocuSign-Signature-3", "X-DocuSign-Signature-4", "X-DocuSign-Signature-5"},
			Encoding:        verify.Base64,
			IDMembers:       []string{"event+data.envelopeId+generatedDateTime"},
			TypeMembers:     []string{"event"},
		},
	}
}

// DocuSign returns the scheme "docusign": X-DocuSign-Signature-1 is the base64
// HMAC-SHA256 of the body with the first of the account's keys, -2 that with
// the second, and so on; the scheme reads five. See
// https://developers.docusign.com/platform/webhooks/connect/hmac/.
//
// One that matches is enough, so keys can be changed one by one.
//
// This is the format JSON SIM. The id is made of event, data.envelopeId and
// generatedDateTime; all are in the body, and so are signed. retryCount is
// there, too, so that a digest would differ on each retry. No time is signed: a
// captured delivery verifies forever, though always under its own id.
//
// For the error see [verify.New].
func DocuSign(secrets ...string) (*verify.Scheme, error) {
	return verify.New(docuSign().Spec, secrets...)
}
