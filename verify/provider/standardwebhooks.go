package provider

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func standardWebhooks() Info {
	return Info{
		Title: "Standard Webhooks, Svix",
		Docs:  "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
		Name:  "StandardWebhooks",
		Retries: after(5*time.Second, 5*time.Minute, 30*time.Minute, 2*time.Hour, 5*time.Hour, 10*time.Hour,
			14*time.Hour, 20*time.Hour, 24*time.Hour),
		Proof: ProofVector,
		Spec: verify.Spec{
			Name: "standard-webhooks",
			Headers: verify.Headers{
				Signature: "Webhook-Signature",
				Timestamp: "Webhook-Timestamp",
				ID:        "Webhook-Id",
			},
			Aliases: []verify.Headers{{
				Signature: "Svix-Signature",
				Timestamp: "Svix-Timestamp",
				ID:        "Svix-Id",
			}},
			Signed:          "{id}.{timestamp}.{body}",
			Prefix:          "v1,",
			PublicKeyPrefix: "v1a,",
			Encoding:        verify.Base64,
			Separator:       " ",
			ParseKey:        parseStandardKey,
		},
	}
}

// The bounds that the specification sets for a secret, in bytes. Section
// "Signature scheme": "Between 24 bytes (192 bits) and 64 bytes (512 bits)".
const (
	minStandardSecret = 24
	maxStandardSecret = 64
)

// StandardWebhooks returns the scheme "standard-webhooks", which Svix and its
// customers use too. The headers are webhook-id, webhook-timestamp and
// webhook-signature, or the same three with svix-. If a request has both sets,
// the scheme reads the first. The sender signs the id, the Unix time and the
// body, joined by full stops. See
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
//
// A key is one of these, and a list may mix them:
//
//   - whsec_ and base64, or the base64 alone: the secret of HMAC-SHA256
//     signatures (v1), 24 to 64 bytes;
//   - whpk_ and base64: the public key of ed25519 signatures (v1a);
//   - whsk_ and base64: the private key, as its seed or as seed and public key
//     together. A receiver needs only the public key; [verify.Scheme.Sign]
//     needs this one.
//
// The base64 may lack its padding.
//
// The scheme passes over signatures of other versions and of kinds for which it
// has no key. If none is left, the request is [verify.ErrMalformed].
//
// The id is signed, so the Envelope has no ContentDigest. As the specification
// demands, an id can't contain a full stop. The specification recommends a
// member "type" in the body but does not demand it. The scheme does not read
// it: the Envelope's Type is empty.
//
// For the error see [verify.New].
func StandardWebhooks(keys ...string) (*verify.Scheme, error) {
	return verify.New(standardWebhooks().Spec, keys...)
}

func parseStandardKey(text string) (verify.Key, error) {
	if encoded, ok := strings.CutPrefix(text, "whpk_"); ok {
		b, err := verify.SecretBase64.Decode(encoded)
		return verify.Key{Public: ed25519.PublicKey(b)}, err
	}
	if encoded, ok := strings.CutPrefix(text, "whsk_"); ok {
		return parsePrivateKey(encoded)
	}
	secret, err := verify.SecretBase64.Decode(strings.TrimPrefix(text, "whsec_"))
	if n := len(secret); err == nil && n > 0 && (n < minStandardSecret || n > maxStandardSecret) {
		err = fmt.Errorf("a secret has %d to %d bytes, not %d", minStandardSecret, maxStandardSecret, n)
	}
	return verify.Key{Secret: secret}, err
}

func parsePrivateKey(encoded string) (verify.Key, error) {
	b, err := verify.SecretBase64.Decode(encoded)
	if err != nil {
		return verify.Key{}, err
	}
	switch len(b) {
	case ed25519.SeedSize:
		return verify.Key{Private: ed25519.NewKeyFromSeed(b)}, nil
	case ed25519.PrivateKeySize:
		return verify.Key{Private: ed25519.PrivateKey(b)}, nil
	}
	return verify.Key{}, fmt.Errorf("a private key has %d or %d bytes, not %d", ed25519.SeedSize, ed25519.PrivateKeySize, len(b))
}
