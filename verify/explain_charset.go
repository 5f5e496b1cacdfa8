package verify

import (
	"slices"
	"unicode/utf8"
)

// latin1 is ISO 8859-1: each byte is the code point of its value.
var latin1 = [32]rune{
	0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f,
	0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f,
}

// windows1252 differs from it in the bytes 0x80 to 0x9f; see
// https://encoding.spec.whatwg.org/#windows-1252.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// toSingleBytes converts UTF-8 to an encoding of one byte a character, or
// returns nil if it has no character of the kind or one that can't be converted.
// That is also how text is repaired that was converted to UTF-8 twice.
func toSingleBytes(text []byte, high [32]rune) []byte {
	out := make([]byte, 0, len(text))
	changed := false
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			return nil
		}
		text = text[n:]
		changed = changed || n > 1
		switch i := slices.Index(high[:], r); {
		case i >= 0:
			out = append(out, byte(0x80+i))
		case r < 0x80 || r > 0x9f && r <= 0xff:
			out = append(out, byte(r))
		default:
			return nil
		}
	}
	if !changed {
		return nil
	}
	return out
}

// fromSingleBytes converts an encoding of one byte a character to UTF-8.
func fromSingleBytes(text []byte, high [32]rune) []byte {
	out := make([]byte, 0, len(text)+len(text)/8)
	for _, c := range text {
		r := rune(c)
		if c >= 0x80 && c <= 0x9f {
			r = high[c-0x80]
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
