package verify

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A SecretFormat is how the text of a secret, as the provider shows it, becomes
// the key of the HMAC.
type SecretFormat uint8

// The known formats.
const (
	// SecretText: the key is the text's bytes, as they are.
	SecretText SecretFormat = iota

	// SecretBase64: the text is the key in base64 (RFC 4648, section 4,
	// with padding).
	SecretBase64

	// SecretHex: the text is the key in hexadecimal.
	SecretHex
)

// decode returns the key that the text stands for. Its errors don't quote the
// text, as those of the decoders do.
func (f SecretFormat) decode(text string) ([]byte, error) {
	switch f {
	case SecretBase64:
		b, err := base64.StdEncoding.DecodeString(text)
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
	default:
		return []byte(text), nil
	}
}

// A key is a secret that is ready for use: an HMAC's, or an ed25519 key.
type key struct {
	id      string // position in the list, from "1"
	text    string // as given
	secret  []byte // of an HMAC; nil for ed25519
	public  ed25519.PublicKey
	private ed25519.PrivateKey // nil if only the public key is known
}

// A keyParser makes a key of a secret's text, which isn't blank.
type keyParser func(text string) (key, error)

// parseKey is the keyParser of schemes made with New.
func (s *Spec) parseKey(text string) (key, error) {
	secret, err := s.SecretFormat.decode(strings.TrimPrefix(text, s.SecretPrefix))
	return key{secret: secret}, err
}

// parseKeys makes keys of all secrets, and says all that is wrong with them.
func parseKeys(secrets []string, parse keyParser) ([]key, error) {
	if len(secrets) == 0 {
		return nil, ErrNoSecret
	}
	var errs []error
	keys := make([]key, 0, len(secrets))
	for i, text := range secrets {
		k, err := checkKey(text, parse)
		if err != nil {
			errs = append(errs, fmt.Errorf("secret %d: %w", i+1, err))
			continue
		}
		k.id, k.text = strconv.Itoa(i+1), text
		keys = append(keys, k)
	}
	return keys, errors.Join(errs...)
}

// checkKey refuses blank secrets, and those with white space around them: a
// newline at the end of a file is the usual reason, and a trimmed secret might
// not be the one that was meant.
func checkKey(text string, parse keyParser) (key, error) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return key{}, fmt.Errorf("it is empty: %w", ErrNoSecret)
	}
	if trimmed != text {
		return key{}, errors.New("it begins or ends with white space (the newline at the end of a file?): trim it")
	}
	k, err := parse(text)
	if err == nil && len(k.secret) == 0 && k.public == nil {
		err = fmt.Errorf("it is empty once decoded: %w", ErrNoSecret)
	}
	return k, err
}
