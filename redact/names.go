package redact

import "strings"

// Mask is written in place of what is masked whole.
const Mask = "[redacted]"

// words are the names of secrets, in lower case and without punctuation.
var words = []string{
	"authorization", "token", "secret", "password", "passwd", "passphrase", "pwd", "cookie", "credential",
	"apikey", "accesskey", "privatekey", "secretkey", "signingkey", "encryptionkey",
	"jwt", "bearer", "otp", "sessionid", "signature", "dsn", "rawquery", "querystring",
}

// A masker knows the names of secrets. It does not change and may be used
// concurrently.
type masker struct{ names []string }

var standard = &masker{names: words}

// secret reports whether a name is that of a secret, or of several.
func (m *masker) secret(name string) (one, several bool) {
	bare := strings.TrimRight(name, "0123456789_-.[] ")
	plural := ""
	if n := len(bare); n > 0 && bare[n-1]|0x20 == 's' {
		plural = bare[:n-1]
	}
	for _, word := range m.names {
		switch {
		case endsIn(bare, word), len(bare) < len(name) && endsIn(name, word):
			return true, false
		case plural != "" && endsIn(plural, word):
			several = true
		}
	}
	return false, several
}

// endsIn reports whether name ends in word, leaving aside case and punctuation.
func endsIn(name, word string) bool {
	j := len(word)
	for i := len(name) - 1; i >= 0 && j > 0; i-- {
		c := lower(name[i])
		if !isWord(c) {
			continue
		}
		if j--; c != word[j] {
			return false
		}
	}
	return j == 0
}

// plain brings a name into the form of words.
func plain(name string) string {
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := lower(name[i]); isWord(c) {
			b = append(b, c)
		}
	}
	return string(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isWord reports whether c is a letter or digit of ASCII, or part of another
// character.
func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c >= 0x80 }
