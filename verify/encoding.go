package verify

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// An Encoding is how the bytes of a signature are written as text.
type Encoding uint8

// The known encodings. Verify reads all of them strictly: exactly as many
// characters as the signature needs, and no stray bits in the last one (RFC 4648,
// section 3.5).
const (
	// Hex is that of RFC 4648, section 8, but written in lower case. It is
	// read in either case.
	Hex Encoding = iota

	// Base64 is that of RFC 4648, section 4, with padding.
	Base64

	// Base64URL is that of RFC 4648, section 5, written without padding and
	// read with or without.
	Base64URL
)

// String returns "hex", "base64" or "base64url".
func (e Encoding) String() string {
	switch e {
	case Hex:
		return "hex"
	case Base64:
		return "base64"
	case Base64URL:
		return "base64url"
	}
	return "unknown encoding"
}

var (
	strictBase64    = base64.StdEncoding.Strict()
	strictBase64URL = base64.RawURLEncoding.Strict()
)

const (
	maxMAC       = 64 // bytes of the longest signature but ECDSA's: SHA-512, ed25519
	maxSignature = 72 // bytes of the longest signature: P-256 in DER
	maxText      = 2 * maxSignature
	maxDecoded   = 74 // what base64 may write while it decodes 96 characters
)

// encode returns b as text.
func (e Encoding) encode(b []byte) string {
	switch e {
	case Base64:
		return strictBase64.EncodeToString(b)
	case Base64URL:
		return strictBase64URL.EncodeToString(b)
	default:
		return hex.EncodeToString(b)
	}
}

// decode decodes text into dst and reports whether that is exactly size bytes.
// It copies the text to scratch, so that nothing is allocated.
func (e Encoding) decode(dst *[maxDecoded]byte, size int, scratch []byte, text string) bool {
	var n int
	var err error
	switch e {
	case Base64:
		if len(text) != strictBase64.EncodedLen(size) {
			return false
		}
		n, err = strictBase64.Decode(dst[:], scratch[:copy(scratch, text)])
	case Base64URL:
		bare := strictBase64URL.EncodedLen(size)
		if len(text) == base64.URLEncoding.EncodedLen(size) {
			text = strings.TrimSuffix(text, "=="[:len(text)-bare])
		}
		if len(text) != bare {
			return false
		}
		n, err = strictBase64URL.Decode(dst[:], scratch[:copy(scratch, text)])
	default:
		if len(text) != hex.EncodedLen(size) {
			return false
		}
		n, err = hex.Decode(dst[:], scratch[:copy(scratch, text)])
	}
	return err == nil && n == size
}

// decodeDER decodes an ECDSA signature, whose length varies, into dst and returns
// its length. It returns 0 if text can't be one.
func (e Encoding) decodeDER(dst *[maxDecoded]byte, scratch []byte, text string) int {
	n := len(text) / 2
	switch e {
	case Base64:
		n = strictBase64.DecodedLen(len(text)) - (len(text) - len(strings.TrimRight(text, "=")))
	case Base64URL:
		n = strictBase64URL.DecodedLen(len(strings.TrimRight(text, "=")))
	}
	if n < minDER || n > maxSignature || !e.decode(dst, n, scratch, text) {
		return 0
	}
	return n
}

// minDER is the length of the shortest ECDSA signature: two numbers of one byte.
const minDER = 8
