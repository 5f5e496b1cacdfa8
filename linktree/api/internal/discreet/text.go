// Package discreet makes what comes from outside fit to stand in errors, reports
// and logs.
package discreet

import (
	"strings"
	"unicode"
)

// The longest texts that are shown, in bytes.
const (
	MaxWord = 128 // such as a code or a request id
	MaxLine = 500 // such as a message
)

// Word returns s if it is a word of at most MaxWord characters that can stand in
// a log line as it is, and otherwise the empty string.
func Word(s string) string {
	if len(s) > MaxWord {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		if !IsAlnum(c) && !strings.ContainsRune("-_.:", rune(c)) {
			return ""
		}
	}
	return s
}

// IsAlnum tells whether c is an ASCII letter or digit.
func IsAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// Line returns s without characters that control a terminal or the direction of
// writing, in at most MaxLine bytes of valid UTF-8: for one line of a log, where
// sanitize.Text would leave line feeds in.
func Line(s string) string {
	s = strings.ToValidUTF8(s[:min(len(s), MaxLine)], "")
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return -1
		}
		return r
	}, s)
}
