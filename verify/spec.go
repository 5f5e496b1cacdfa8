package verify

import (
	"crypto"
	"time"
)

// A Spec describes how a provider signs its webhooks: with an HMAC (RFC 2104),
// with ed25519 (RFC 8032) or ECDSA over P-256 (FIPS 186-5), or, which is no
// signature, by a secret that it sends along. Give it to [New] together with the secrets.
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
// Where the signature is in the body, or covers something else than the body's
// bytes, write an Open function. A Spec can't describe certificates and JSON Web
// Tokens. Implement [Verifier] for those.
type Spec struct {
	// Name is the provider's name in [Envelope].Provider and in errors: 1 to
	// 64 printable ASCII characters without spaces. Required. Deliveries are
	// identified by it, among other things: don't change it later.
	Name string

	// Headers names the headers that the provider sends. Headers.Signature
	// is required, unless there is an Open or a TokenQuery.
	Headers Headers

	// ExtraSignatures are further headers that may hold a signature of the
	// same content, written as that in Headers.Signature but made with
	// another secret: DocuSign sends one header for each of its keys. One
	// that matches is enough. They exclude a Separator.
	ExtraSignatures []string

	// Aliases are other names for the same headers. Verify uses the first of
	// Headers and Aliases whose signature header the request has, for all of
	// that request's headers; it never mixes names. [Scheme.Sign] uses
	// Headers.
	Aliases []Headers

	// Signed is the string that the provider signs. In it, {body},
	// {timestamp} and {id} stand for the body's bytes, the timestamp and the
	// delivery id, exactly as they came. Empty means "{body}".
	//
	// {method} and {url} stand for the request's method and its URL, which
	// begins with PublicURL. A scheme that signs them needs a [Request].
	//
	// {body} is required, each may come once, and New refuses other braces.
	// Some text, such as ".", must separate {id} from the next placeholder;
	// otherwise, different requests would have the same signed string. For
	// the same reason an id that contains this text is [ErrMalformed]. A
	// {timestamp} of RFC 3339 needs no text before it: then an id can't
	// contain a colon.
	Signed string

	// PublicURL is the address under which the sender reaches the receiver:
	// "https://hooks.example.com". It is required for {url}, and excluded
	// without it. The request's path and query follow it, as the sender
	// spelled them. If PublicURL has a path, it is that of every request,
	// whatever a proxy made of it, and only the query follows. It can't have a
	// query. Prefer one with a path: then no part of a body next to {url} can
	// pass for a part of the path.
	//
	// Only configuration knows the address: to the receiver the Host header
	// is what the client or a proxy chose, and so are Forwarded and
	// X-Forwarded-Host. Verify reads none of them.
	PublicURL string

	// SpellURL returns the URL as the provider spells it in the signed
	// string, for those that don't sign it as they send it. Nil changes
	// nothing.
	SpellURL func(url string) string

	// Open finds what is signed in requests where that isn't headers and the
	// body's bytes: see [Content]. Verify calls it before it has checked the
	// signature: it must be ready for anything, and bounded in its work. An
	// error makes the request [ErrMalformed].
	Open func(r Request, body []byte) (Content, error)

	// Seal puts signature and timestamp into a body, for providers whose Open
	// finds them there: [Scheme.SignRequest] calls it. Nil leaves the body as
	// it is.
	Seal func(body []byte, signature, timestamp string) ([]byte, error)

	// Token says that the request carries the secret itself, in
	// Headers.Signature after Prefix; see [TokenFormat] for what that does
	// not prove. It excludes all that is about signatures.
	Token TokenFormat

	// TokenQuery is the parameter of the URL's query that holds the token if
	// the header doesn't. It needs a Token.
	TokenQuery string

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

	// TimestampLayout is [time.RFC3339] if the timestamp is written that way,
	// with or without a fraction of a second. It excludes a TimestampUnit.
	TimestampLayout string

	// TimestampMember names the member of a JSON body that holds the time of
	// signing, as a number or text of the form that TimestampUnit or
	// TimestampLayout tells. It excludes other timestamps. Verify reads it
	// once the signature has matched; a body without it is [ErrMalformed].
	TimestampMember string

	// SecretFormat is how a secret's text becomes the HMAC's key:
	// [SecretText] if zero.
	SecretFormat SecretFormat

	// ListPrefix stands once before a whole list of signatures, such as "v0="
	// in "v0=8a5c…,77b8…". It needs a Separator and excludes a Prefix.
	ListPrefix string

	// PublicKeyPrefix stands before an ed25519 signature (RFC 8032), such as
	// "v1a,", or before one of ECDSA over P-256 with SHA-256, in DER. If there are keys of both kinds, neither of Prefix and
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
	// takes the first that is there and is a string or a whole number.
	//
	// "source+id" is both members, joined by a colon, where only together they
	// tell deliveries apart.
	//
	// "events[].id" is the member id of all objects in the array events, and
	// "[].id" that of a body that is an array. The id of several is one that
	// stands for all of them, in their order; the type of several is empty
	// unless all are equal.
	//
	// It reads them once the signature has matched. A body that isn't one
	// strict JSON object (because it has duplicate members, say) verifies,
	// too; its ID and Type are empty.
	IDMembers   []string
	TypeMembers []string

	// DigestID makes an ID of the body, its SHA-256, for requests in which
	// the provider names none. A retry must then have the same bytes. Two
	// deliveries of equal bytes are one to the receiver: it drops the second
	// as a duplicate, as long as it remembers the first. Bodies that hold a
	// time or a number of their own don't meet; those of reminders, such as
	// Alertmanager's, do.
	DigestID bool
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
