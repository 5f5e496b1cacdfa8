package verify

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// A SecretFormat is how the text of a secret, as the provider shows it, becomes
// the key of the HMAC.
type SecretFormat uint8

// The known formats.
const (
	// SecretText: the key is the text's bytes, as they are.
	SecretText SecretFormat = iota

	// SecretBase64: the text is the key in base64 (RFC 4648, section 4),
	// with or without its padding.
	SecretBase64

	// SecretHex: the text is the key in hexadecimal (RFC 4648, section 8),
	// in either letter case.
	SecretHex
)

// Decode returns the key that the text stands for. Its errors don't quote the
// text, unlike those of the standard library's decoders.
func (f SecretFormat) Decode(text string) ([]byte, error) {
	switch f {
	case SecretText:
		return []byte(text), nil
	case SecretBase64:
		encoding := base64.RawStdEncoding
		if strings.HasSuffix(text, "=") {
			encoding = base64.StdEncoding
		}
		b, err := encoding.DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			return nil, errors.New("not base64")
		}
		return b, nil
	case SecretHex:
		b, err := hex.DecodeString(text)
		if err != nil {
			return nil, errors.New("not hexadecimal")
		}
		return b, nil
	}
	return nil, errors.New("unknown SecretFormat")
}
