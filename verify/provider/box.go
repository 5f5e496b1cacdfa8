package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func box() Info {
	return Info{
		Title:    "Box",
		Docs:     "https://developer.box.com/guides/webhooks/v2/signatures-v2/",
		Name:     "Box",
		Timeout:  30 * time.Second,
		Unsigned: "id",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:            "box",
			Headers:         verify.Headers{Signature: "Box-Signature-Primary", Timestamp: "Box-Delivery-Timestamp", ID: "Box-Delivery-Id"},
			ExtraSignatures: []string{"Box-Signature-Secondary"},
			Signed:          "{body}{timestamp}",
			Encoding:        verify.Base64,
			TimestampLayout: time.RFC3339,
			TypeMembers:     []string{"trigger"},
		},
	}
}

// Box returns the scheme "box": Box-Signature-Primary and
// Box-Signature-Secondary are base64 HMAC-SHA256 signatures, each with one of
// the two keys, of the body and the time in Box-Delivery-Timestamp, of RFC
// 3339. See https://developer.box.com/guides/webhooks/v2/signatures-v2/.
//
// One that matches is enough. The id is Box-Delivery-Id, which is not signed,
// so the Envelope has a ContentDigest. The type is the body's trigger. Box
// recommends a Tolerance of 10 minutes.
//
// For the error see [verify.New].
func Box(secrets ...string) (*verify.Scheme, error) {
	return verify.New(box().Spec, secrets...)
}
