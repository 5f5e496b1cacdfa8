package verify

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
)

// A TokenFormat is how a request carries its secret, in place of a signature.
//
// A token proves that the sender knows the secret, and no more. It protects
// neither the body nor the id, and no time. An attacker who reads one request, in
// a proxy's log, say, can send any other until the secret changes. Envelopes have
// no Time and no ContentDigest, so the replay guard of the Once layer does
// nothing: a captured request under a new id takes effect again. Only HTTPS
// protects a token. Don't use the secret for anything else, and prefer a header to
// the query, which servers log.
//
// Verify compares digests of tokens in constant time.
type TokenFormat uint8

const (
	// TokenText: the header holds the secret as it is, after the Prefix. In
	// a query it is percent-encoded.
	TokenText TokenFormat = iota + 1

	// TokenAuthorization: the header holds credentials: "Bearer" and the
	// secret (RFC 6750, section 2.1), or "Basic" and its base64 (RFC 7617).
	// For Basic, the secret is the user's name, a colon, and the password.
	// [Scheme.Sign] sends Basic if the secret has a colon.
	TokenAuthorization
)

const maxToken = 1024 // bytes of the text that is compared

// tokenDigest returns the digest of a token as its header holds it. It reports
// false if the text is none.
func (f TokenFormat) tokenDigest(text string) (digest [sha256.Size]byte, ok bool) {
	var array, decoded [maxToken]byte
	if len(text) > maxToken {
		return digest, false
	}
	if f == TokenText {
		return sha256.Sum256(array[:copy(array[:], text)]), true
	}
	scheme, rest, found := strings.Cut(text, " ")
	rest = strings.TrimLeft(rest, " ")
	switch {
	case !found || rest == "" || strings.ContainsAny(rest, "\r\n"): // which base64 would pass over
		return digest, false
	case strings.EqualFold(scheme, "Bearer"):
		return sha256.Sum256(array[:copy(array[:], rest)]), true
	case strings.EqualFold(scheme, "Basic"):
		n, err := base64.StdEncoding.Strict().Decode(decoded[:], array[:copy(array[:], rest)])
		return sha256.Sum256(decoded[:n]), err == nil
	}
	return digest, false
}

// writeToken returns the text whose tokenDigest is the secret's.
func (f TokenFormat) writeToken(secret string) string {
	switch {
	case f == TokenText:
		return secret
	case strings.Contains(secret, ":"):
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(secret))
	}
	return "Bearer " + secret
}

// queryToken returns the only value of the query's parameter.
func queryToken(target, name string) (string, bool) {
	_, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil || len(values[name]) != 1 {
		return "", false
	}
	return values[name][0], true
}
