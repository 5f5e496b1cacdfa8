package verify

import (
	"crypto"
	"time"
)

// A Spec describes how a provider signs its webhooks, with an HMAC (RFC 2104) or
// with ed25519 (RFC 8032). Give it to [New] together with the secrets.
//
// To fill it in, look for these in the provider's documentation:
//
//   - which header carries the signature, and how it is written: hexadecimal
//     or base64, perhaps after a prefix such as "sha256=";
//   - what is signed: the body alone, or the body together with a timestamp or
//     an id, in which order, and joined by what;
//   - whether the secret is used as it is written or has to be decoded.
//
// Suppose that a provider, Acme, documents this:
//
//	Acme-Signature: v1=8a5c…, which is the hex HMAC-SHA256, keyed with your
//	secret, of the timestamp, a colon, and the body
//	Acme-Timestamp: milliseconds since 1970
//	Acme-Delivery: an id, the same on every retry
//
// This is its Spec:
//
//	verify.Spec{
//		Name: "acme",
//		Headers: verify.Headers{
//			Signature: "Acme-Signature",
//			Timestamp: "Acme-Timestamp",
//			ID:        "Acme-Delivery",
//		},
//		Prefix:        "v1=",
//		Signed:        "{timestamp}:{body}",
//		TimestampUnit: time.Millisecond,
//	}
//
// A Spec can't describe signatures over the request's method or URL, timestamps
// that aren't whole numbers, and public keys other than ed25519. Implement
// [Verifier] for those.
type Spec struct {
	// Name is the provider's name in [Envelope].Provider and in errors: 1 to
	// 64 printable ASCII characters without spaces. Required. Deliveries are
	// identified by it, among other things: don't change it later.
	Name string

	// Headers names the headers that the provider sends. Headers.Signature
	// is required.
	Headers Headers

	// Aliases are other names for the same headers. Verify uses the first of
	// Headers and Aliases whose signature header the request has, for all of
	// that request's headers; it never mixes names. [Scheme.Sign] uses
	// Headers.
	Aliases []Headers

	// Signed is the string that the provider signs. In it, {body},
	// {timestamp} and {id} stand for the body's bytes, the timestamp and the
	// delivery id, exactly as they came. Empty means "{body}".
	//
	// {body} is required, each may come once, and New refuses other braces.
	// Some text, such as ".", must separate {id} from the next placeholder;
	// otherwise, different requests would have the same signed string. For
	// the same reason an id that contains this text is [ErrMalformed].
	Signed string

	// Prefix stands before the signature in its header, such as "sha256=".
	// It must match exactly. A header with a Prefix and nothing after it is
	// [ErrMissing]: the sender has no secret.
	Prefix string

	// Encoding is how the bytes of the signature are written: [Hex] if zero.
	Encoding Encoding

	// Hash is the hash function of the HMAC (RFC 2104): crypto.SHA256 if
	// zero, or crypto.SHA1, SHA384 or SHA512. SHA-1's collisions don't break
	// an HMAC (RFC 6194, section 3.3).
	Hash crypto.Hash

	// Separator stands between the signatures in one header, such as "," or
	// " ": some providers send several while secrets change. Empty means
	// that the header holds one signature and nothing else.
	//
	// With a Separator, several lines of the header are one list (RFC 9110,
	// section 5.3), and spaces and tabs around an element are not part of it
	// (section 5.6.1).
	//
	// Verify passes over elements that don't begin with Prefix, which are of
	// other versions, and over those that can't be decoded. At most 16 may
	// begin with Prefix. A list of more, or one with no signature that can
	// be decoded, makes the request [ErrMalformed].
	Separator string

	// TimestampPrefix marks the timestamp among the elements of the
	// signature header, as "t=" does in "t=1700000000,v1=8a5c…". It needs a
	// Separator and excludes Headers.Timestamp.
	TimestampPrefix string

	// TimestampUnit is what the timestamp counts since 1970: time.Second if
	// zero; time.Millisecond, time.Microsecond or time.Nanosecond.
	TimestampUnit time.Duration

	// SecretFormat is how a secret's text becomes the HMAC's key:
	// [SecretText] if zero.
	SecretFormat SecretFormat

	// PublicKeyPrefix stands before an ed25519 signature (RFC 8032), such as
	// "v1a,". If there are keys of both kinds, neither of Prefix and
	// PublicKeyPrefix may begin with the other.
	PublicKeyPrefix string

	// SecretPrefix is removed from the front of a secret before it is
	// decoded. Secrets without it are fine, too.
	SecretPrefix string

	// ParseKey makes a key of a secret's text, in place of SecretFormat and
	// SecretPrefix: for providers with public keys, or with bounds for their
	// secrets. Its error must not quote the text. New refuses blank texts
	// before it calls ParseKey. [Scheme.Explain] calls it, too, from any
	// goroutine.
	ParseKey func(text string) (Key, error)

	// IDMembers and TypeMembers name members of a JSON body that hold the
	// delivery id and the event type, for providers that send no headers
	// for them. "event.type" is the member type of the object event. Verify
	// takes the first that is there and is a string.
	//
	// It reads them once the signature has matched. A body that isn't one
	// strict JSON object (because it has duplicate members, say) verifies,
	// too; its ID and Type are empty.
	IDMembers   []string
	TypeMembers []string
}

// Headers are the names of a provider's headers, in any letter case. An empty
// name means that the provider sends no such header.
//
// A header comes once, in one line; the only exception is a Signature header of
// a Spec with a Separator. A comma in an unsigned ID or Type counts as two lines,
// since an intermediary may have joined them (RFC 9110, section 5.3). Otherwise,
// the request is [ErrMalformed].
type Headers struct {
	// Signature holds the signature, or several of them.
	Signature string

	// Timestamp holds the time of signing in decimal digits. It must be
	// signed: [Spec].Signed must contain {timestamp}.
	Timestamp string

	// ID holds the delivery id. If [Spec].Signed contains {id}, it is signed
	// and required. Otherwise it is optional, and an attacker who has a
	// genuine request can change it.
	ID string

	// Type holds the event type. It is optional and never signed: use it to
	// route, and trust the body.
	Type string
}
