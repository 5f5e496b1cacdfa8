package provider

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"

	"github.com/hooklatch/hooklatch/verify"
)

func braintree() Info {
	return Info{
		Title:    "Braintree",
		Docs:     "https://developer.paypal.com/braintree/docs/guides/webhooks/parse/go",
		Name:     "Braintree",
		Unsigned: "time",
		Proof:    ProofVector,
		Form:     true,
		Spec: verify.Spec{
			Name:      "braintree",
			Open:      openBraintree,
			Seal:      sealBraintree,
			Hash:      crypto.SHA1,
			Separator: "&",
			ParseKey: func(text string) (verify.Key, error) {
				sum := sha1.Sum([]byte(text))
				return verify.Key{Secret: sum[:]}, nil
			},
		},
	}
}

// Braintree returns the scheme "braintree": a form's bt_signature lists, after
// the names of public keys, hexadecimal HMAC-SHA1 signatures of its bt_payload.
// The secret is the private key of the API. See
// https://developer.paypal.com/braintree/docs/guides/webhooks/parse/go.
//
// The payload is XML in base64. The type is its kind, such as
// "subscription_charged_successfully". The id is its digest: no id is in it, but
// the time of the notification is. No time is checked: a captured delivery
// verifies forever.
//
// For the error see [verify.New].
func Braintree(privateKeys ...string) (*verify.Scheme, error) {
	return verify.New(braintree().Spec, privateKeys...)
}

func openBraintree(_ verify.Request, body []byte) (verify.Content, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["bt_payload"]) != 1 || len(form["bt_signature"]) > 1 {
		return verify.Content{}, errors.New("the body is not Braintree's form")
	}
	payload := form.Get("bt_payload")
	sum := sha256.Sum256([]byte(payload))
	c := verify.Content{Signed: []byte(payload), ID: "sha256:" + hex.EncodeToString(sum[:]), Type: braintreeKind(payload)}
	var signatures []string
	for pair := range strings.SplitSeq(form.Get("bt_signature"), "&") {
		if _, signature, ok := strings.Cut(pair, "|"); ok {
			signatures = append(signatures, signature)
		}
	}
	c.Signature = strings.Join(signatures, "&")
	return c, nil
}

// braintreeKind returns what stands between the first tags named kind.
func braintreeKind(payload string) string {
	text, err := base64.StdEncoding.DecodeString(payload) // which passes over newlines
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(text), "<kind>")
	kind, _, ok := strings.Cut(rest, "</kind>")
	if !ok || len(kind) > 128 {
		return ""
	}
	return kind
}

func sealBraintree(body []byte, signature, _ string) ([]byte, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the body is not a form")
	}
	form.Set("bt_signature", "public_key|"+signature)
	return []byte(form.Encode()), nil
}
