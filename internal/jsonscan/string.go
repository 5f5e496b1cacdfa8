package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// A byte of 1 and the highest bit, in each of eight bytes.
const (
	ones = 0x01_01_01_01_01_01_01_01
	high = ones << 7
)

// String decodes raw, a JSON string with its quotes and nothing around them, as
// [Members] returns it. It returns false if raw is anything else, or holds a lone
// surrogate, which UTF-8 can't encode (RFC 3629, section 3).
func String(raw []byte) (string, bool) {
	s, ok := Unquote(raw)
	return string(s), ok
}

// Unquote is [String] for callers that need no string: if raw has no escapes, it
// allocates nothing and returns a part of raw.
func Unquote(raw []byte) ([]byte, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return nil, false
	}
	end, plain, err := skipString(raw, 1)
	if err != nil || end != len(raw) {
		return nil, false
	}
	inside := raw[1 : end-1]
	if plain {
		return inside, true
	}
	return unescape(inside)
}

// skipString reads the rest of a string whose opening quote is before b[i]. It
// returns the offset after the closing quote, and whether the string is plain,
// free of escapes; on an error, the offset that is wrong.
func skipString(b []byte, i int) (next int, plain bool, err error) {
	start := i
	plain = true
	var wide uint64 // has a high bit set if the string is not all ASCII
	for {
		// Eight bytes at once. A subtraction borrows into a byte's high bit if
		// the byte is below the bound. A borrow from a lower byte may mark it
		// too, but only above one that is marked rightly, and the lowest mark
		// counts.
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			wide |= w
			m := ((w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones)) &^ w & high
			if m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
			wide |= uint64(b[i])
			i++
		}
		if i == len(b) {
			return i, plain, ErrSyntax
		}
		if b[i] == '"' {
			break
		}
		n := escapeLen(b[i:])
		if n == 0 {
			return i, plain, ErrSyntax
		}
		i += n
		plain = false
	}
	if wide&high != 0 {
		if at := invalidUTF8(b[start:i]); at >= 0 {
			return start + at, plain, ErrUTF8
		}
	}
	return i + 1, plain, nil
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(s []byte) int {
	if utf8.Valid(s) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}

// escapeLen returns the length of the escape that s begins with, or 0.
func escapeLen(s []byte) int {
	if len(s) < 2 || s[0] != '\\' {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && hex4(s[2:]) >= 0 {
			return 6
		}
	}
	return 0
}

// hex4 returns the value of s's first four bytes as hexadecimal digits, or -1.
func hex4(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescape decodes the inside of a valid string. It returns false at a lone
// surrogate.
func unescape(s []byte) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(out, s...), true
		}
		out = append(out, s[:i]...)
		c := s[i+1]
		s = s[i:]
		if c != 'u' {
			out = append(out, simpleEscape(c))
			s = s[2:]
			continue
		}
		r := hex4(s[2:])
		s = s[6:]
		if utf16.IsSurrogate(r) {
			if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
				return nil, false
			}
			if r = utf16.DecodeRune(r, hex4(s[2:])); r == utf8.RuneError {
				return nil, false
			}
			s = s[6:]
		}
		out = utf8.AppendRune(out, r)
	}
}

// simpleEscape returns what the backslash and c stand for.
func simpleEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
