package verify_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// The clock of the examples: their requests were signed at this time.
func clock() time.Time { return time.Unix(1700000000, 0) }

// Acme's documentation says:
//
//	Acme-Signature: v1=8a5c…, which is the hex HMAC-SHA256, keyed with your
//	secret, of the timestamp, a colon, and the body
//	Acme-Timestamp: milliseconds since 1970
//	Acme-Delivery: an id, the same on every retry
func ExampleSpec() {
	acme := verify.Spec{
		Name: "acme",
		Headers: verify.Headers{
			Signature: "Acme-Signature",
			Timestamp: "Acme-Timestamp",
			ID:        "Acme-Delivery",
		},
		Prefix:        "v1=",
		Signed:        "{timestamp}:{body}",
		TimestampUnit: time.Millisecond,
	}
	scheme, err := verify.New(acme, "my secret")
	if err != nil {
		fmt.Println(err)
		return
	}
	scheme.Now = clock

	header := http.Header{}
	header.Set("Acme-Signature", "v1=b4050ed715ca46c9f25fe3bcf5e6db520aec8d720061bbe27c4680e070a401fa")
	header.Set("Acme-Timestamp", "1700000000000")
	header.Set("Acme-Delivery", "dlv_1")
	env, err := scheme.Verify(context.Background(), header, []byte("hello"))
	fmt.Println(env.Provider, env.ID, env.Time, err)
	// Output: acme dlv_1 2023-11-14 22:13:20 +0000 UTC <nil>
}

// New says all that is wrong at once, and never quotes a secret.
func ExampleNew() {
	_, err := verify.New(verify.Spec{
		Name:    "acme",
		Headers: verify.Headers{Signature: "Acme-Signature"},
		Signed:  "{timestamp}.{body}",
	}, "my secret\n", "")
	fmt.Println(err)
	fmt.Println(errors.Is(err, verify.ErrNoSecret))
	// Output:
	// verify: acme scheme: Signed: {timestamp} needs Headers.Timestamp or TimestampPrefix
	// secret 1: it begins or ends with white space (the newline at the end of a file?): trim it
	// secret 2: it is empty: no usable secret
	// true
}

// A secret is changed: until the provider signs with the new one, both are
// accepted.
func ExampleScheme_Verify_rotation() {
	before, _ := provider.GitHub("old secret")
	header := http.Header{}
	if err := before.Sign(header, verify.Envelope{ID: "1", Type: "push"}, []byte("{}")); err != nil {
		fmt.Println(err)
	}

	scheme, _ := provider.GitHub("new secret", "old secret")
	env, err := scheme.Verify(context.Background(), header, []byte("{}"))
	fmt.Println("secret", env.KeyID, err)
	// Output: secret 2 <nil>
}

func ExampleScheme_CheckHeader() {
	scheme, _ := provider.Slack("my signing secret")
	// Before a byte of the body is read:
	err := scheme.CheckHeader(http.Header{"X-Slack-Signature": {"v0=00"}})
	fmt.Println(err)
	fmt.Println(errors.Is(err, verify.ErrMissing))
	// Output:
	// verify: slack: X-Slack-Request-Timestamp: missing
	// true
}

func ExampleScheme_Sign() {
	scheme, _ := provider.Stripe("whsec_test")
	header := http.Header{}
	err := scheme.Sign(header, verify.Envelope{Time: clock()}, []byte(`{"id":"evt_1","type":"charge.succeeded"}`))
	fmt.Println(header.Get("Stripe-Signature"), err)
	// Output: t=1700000000,v1=a3f7d2647ca8af4e7ebbd79c4f9380dbd98ee11b35cf0485b700ca327380e947 <nil>
}

// The framework has parsed the body and printed it again: it is the same JSON,
// but not the same bytes.
func ExampleScheme_Explain() {
	scheme, _ := provider.Shopify("my client secret")
	header := http.Header{}
	err := scheme.Sign(header, verify.Envelope{ID: "1", Type: "orders/create"}, []byte(`{"id":1,"note":"a"}`))
	if err != nil {
		fmt.Println(err)
	}

	e := scheme.Explain(header, []byte(`{ "id": 1, "note": "a" }`), nil)
	fmt.Println(e)
	fmt.Println(e.Has(verify.MistakeBodyReprinted))
	// Output:
	// verify: shopify: X-Shopify-Hmac-Sha256: does not match; found: body was parsed and printed again: the JSON compact; apart from that the signature is right
	// true
}

// A provider signs with a private key, and publishes the public one in hex.
func ExampleSpec_publicKey() {
	spec := verify.Spec{
		Name:    "acme",
		Headers: verify.Headers{Signature: "Acme-Signature-Ed25519", Timestamp: "Acme-Timestamp"},
		Signed:  "{timestamp}{body}",
		ParseKey: func(text string) (verify.Key, error) {
			b, err := verify.SecretHex.Decode(text)
			return verify.Key{Public: ed25519.PublicKey(b)}, err
		},
	}
	scheme, err := verify.New(spec, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
	if err != nil {
		fmt.Println(err)
		return
	}
	scheme.Now = clock

	header := http.Header{}
	header.Set("Acme-Signature-Ed25519", "ce38be4612bdae801bcc5b46f9f60e4dc84971856d95e4bce197849d9a4e54f8413416953f843cce1e9cd1cfba45f0564dbe3aaf721883e174625cdd6dfe2f05")
	header.Set("Acme-Timestamp", "1700000000")
	env, err := scheme.Verify(context.Background(), header, []byte("hello"))
	fmt.Println(env, env.Time, err)
	// Output: acme 2023-11-14 22:13:20 +0000 UTC <nil>
}

// The headers were refused before the body was read.
func ExampleScheme_Explain_headersOnly() {
	scheme, _ := provider.GitHub("my secret")
	header := http.Header{"X-Hub-Signature-256": {"sha256="}}
	if err := scheme.CheckHeader(header); err != nil {
		fmt.Println(scheme.Explain(header, nil, nil))
	}
	// Output:
	// verify: github: X-Hub-Signature-256: missing; found: the sender has no secret: X-Hub-Signature-256 has no signature in it
}
