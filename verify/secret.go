package verify

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
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

// checkSecretText refuses blank secrets, those with white space around them (a
// newline at the end of a file is the usual reason), and those with characters
// that can't be seen: an editor or a web page added them, and no signature would
// ever match. New doesn't repair a secret, since it could make one that was not
// meant.
func checkSecretText(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("it is not UTF-8 text (a file in UTF-16?); write a binary key in hex or base64, and set SecretFormat")
	}
	if strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) }) == "" {
		return fmt.Errorf("it is empty: %w", ErrNoSecret)
	}
	n := 0
	for _, r := range strings.TrimSpace(text) {
		n++
		if invisible(r) {
			return fmt.Errorf("its character %d is %U%s, which can't be seen: remove it", n, r, invisibleNames[r])
		}
	}
	if strings.TrimSpace(text) != text {
		return errors.New("it begins or ends with white space (the newline at the end of a file?): trim it")
	}
	return nil
}

// invisible reports whether r shows nothing, and isn't a plain space.
func invisible(r rune) bool {
	return r != ' ' && !unicode.IsGraphic(r) || // control and format characters, separators of lines
		r != ' ' && unicode.Is(unicode.Zs, r) || // spaces that look like a plain one
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r)
}

// invisibleNames are those that secrets catch most often.
var invisibleNames = map[rune]string{
	0:        " (NUL)",
	'\n':     " (a newline)",
	'\r':     " (a carriage return)",
	'\t':     " (a tab)",
	'\u00a0': " (a no-break space)",
	'\u200b': " (a zero-width space)",
	'\ufeff': " (a byte order mark)",
}
