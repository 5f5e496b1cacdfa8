package verify

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
)

// standardWebhooks: base64 HMAC-SHA256 of "<id>.<timestamp>.<body>", listed as
// v1.
var standardWebhooks = Spec{
	Name: "standard-webhooks",
	Headers: Headers{
		Signature: "Webhook-Signature",
		Timestamp: "Webhook-Timestamp",
		ID:        "Webhook-Id",
	},
	Aliases: []Headers{{
		Signature: "Svix-Signature",
		Timestamp: "Svix-Timestamp",
		ID:        "Svix-Id",
	}},
	Signed:       "{id}.{timestamp}.{body}",
	Prefix:       "v1,",
	Encoding:     Base64,
	Separator:    " ",
	SecretFormat: SecretBase64,
	SecretPrefix: "whsec_",
}

// The bounds that the specification sets for a secret, in bytes.
const (
	minStandardSecret = 24
	maxStandardSecret = 64
)

// StandardWebhooks returns the scheme "standard-webhooks", which Svix and its
// customers use too. The headers are webhook-id, webhook-timestamp and
// webhook-signature, or the same three with svix-; of a request that has both,
// the first are read. Id, Unix time and body, joined by full stops, are signed.
// See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
//
// A key is one of these, and they can be mixed:
//
//   - whsec_ and base64, or the base64 alone: the secret of HMAC-SHA256
//     signatures (v1), 24 to 64 bytes;
//   - whpk_ and base64: the public key of ed25519 signatures (v1a);
//   - whsk_ and base64: the private key, as its seed or as seed and public key
//     together. A receiver needs only the public one; [Scheme.Sign] needs this.
//
// Signatures of other versions, and of one that no key is for, are passed over;
// if none is left the request is [ErrMalformed].
//
// The id is signed, and so there is no ContentDigest. As the specification demands, it
// can't contain a full stop. The specification recommends a member "type" in
// the body, but doesn't demand it; it is not read here, and the Envelope's Type
// is empty.
//
// The error is as [New]'s.
func StandardWebhooks(keys ...string) (*Scheme, error) {
	return newScheme(standardWebhooks, "v1a,", parseStandardKey, keys)
}

func parseStandardKey(text string) (key, error) {
	if encoded, ok := strings.CutPrefix(text, "whpk_"); ok {
		b, err := SecretBase64.decode(encoded)
		if err == nil && len(b) != ed25519.PublicKeySize {
			err = fmt.Errorf("a public key has %d bytes, not %d", ed25519.PublicKeySize, len(b))
		}
		return key{public: b}, err
	}
	if encoded, ok := strings.CutPrefix(text, "whsk_"); ok {
		return parsePrivateKey(encoded)
	}
	k, err := standardWebhooks.parseKey(text)
	if n := len(k.secret); err == nil && n > 0 && (n < minStandardSecret || n > maxStandardSecret) {
		err = fmt.Errorf("a secret has %d to %d bytes, not %d", minStandardSecret, maxStandardSecret, n)
	}
	return k, err
}

func parsePrivateKey(encoded string) (key, error) {
	b, err := SecretBase64.decode(encoded)
	if err != nil {
		return key{}, err
	}
	if len(b) != ed25519.SeedSize && len(b) != ed25519.PrivateKeySize {
		return key{}, fmt.Errorf("a private key has %d or %d bytes, not %d", ed25519.SeedSize, ed25519.PrivateKeySize, len(b))
	}
	private := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
	if !bytes.HasPrefix(private, b) {
		return key{}, errors.New("the private key's second half is not its public key")
	}
	return key{public: ed25519.PublicKey(private[ed25519.SeedSize:]), private: private}, nil
}
