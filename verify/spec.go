package verify

import (
	"crypto"
	"time"
)

// A Spec describes how a provider signs its webhooks with an HMAC. Give it to
// [New] together with the secrets.
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
// Not covered are signatures over the request's method or URL, timestamps that
// aren't whole numbers, and public keys other than ed25519. Implement [Verifier]
// for those.
type Spec struct {
	// Name is what the provider is called in [Envelope].Provider and in
	// errors: 1 to 64 printable ASCII characters without spaces. Required.
	// It is part of how deliveries are told apart: don't change it later.
	Name string

	// Headers names the headers that the provider sends. Headers.Signature
	// is required.
	Headers Headers

	// Aliases are other names for the same headers. The first of Headers
	// and Aliases whose signature header a request has is used for all of
	// that request's headers; names are never mixed. [Scheme.Sign] uses
	// Headers.
	Aliases []Headers

	// Signed is what the signature is computed over: text in which {body},
	// {timestamp} and {id} stand for the body's bytes and for the timestamp
	// and the delivery id exactly as they are written in their headers.
	// Empty means "{body}".
	//
	// {body} is required, each may come once, and other braces are refused.
	// {id} must be set off from the next by some text, such as ".": else
	// different requests would have the same signed string. For the same
	// reason an id with that text in it is [ErrMalformed].
	Signed string

	// Prefix is what stands before the signature in its header, such as
	// "sha256=". It is matched exactly, and required if it isn't empty.
	Prefix string

	// Encoding is how the signature is written: [Hex] if zero.
	Encoding Encoding

	// Hash is the HMAC's hash function: crypto.SHA256 if zero. SHA1, SHA384
	// and SHA512 are also known. (For an HMAC, SHA-1 is still sound.)
	Hash crypto.Hash

	// Separator stands between several signatures in one header, as
	// providers send them while secrets change: "," or " ", say. Empty
	// means that the header holds one signature and nothing else.
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

	// SecretFormat is how a secret's text becomes the HMAC's key: the text
	// itself if zero.
	SecretFormat SecretFormat

	// PublicKeyPrefix is what stands before a signature that a public key
	// checks, such as "v1a,". It must differ from Prefix if the keys are of
	// both kinds.
	PublicKeyPrefix string

	// SecretPrefix is taken off the front of a secret before it is decoded.
	// A secret without it is taken as it is.
	SecretPrefix string

	// ParseKey makes a key of a secret's text, in place of SecretFormat and
	// SecretPrefix: for providers with public keys, or with bounds for their
	// secrets. Its error must not quote the text. New refuses blank texts
	// before it calls ParseKey. [Scheme.Explain] calls it, too, from any
	// goroutine.
	ParseKey func(text string) (Key, error)

	// IDMembers and TypeMembers name members of a JSON body that hold the
	// delivery id and the event type, for providers that send no headers
	// for them. "event.type" is the member type of the object event. The
	// first that is there, and is a string, is taken.
	//
	// They are read after the signature has been verified. A body that
	// isn't one strict JSON object (duplicate members, say) verifies too,
	// with the ID and Type empty.
	IDMembers   []string
	TypeMembers []string
}

// Headers are the names of a provider's headers, in any letter case. Empty
// means that the provider sends no such header.
type Headers struct {
	// Signature holds the signature, or several of them.
	Signature string

	// Timestamp holds the time of signing in decimal digits. It is used
	// only if it is signed: [Spec].Signed must contain {timestamp}.
	Timestamp string

	// ID holds the delivery id. If [Spec].Signed contains {id}, it is
	// signed and required; else it is optional, and anybody who has a
	// genuine request can change it.
	ID string

	// Type holds the event type. It is optional and never signed: use it
	// for routing, and trust the body.
	Type string
}
