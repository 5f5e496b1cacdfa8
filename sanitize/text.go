package sanitize

import (
	"strings"
	"unicode/utf8"
)

// Text makes a title, a bio or another text that a stranger has written
// fit to be shown: it takes out what can't be seen but changes how the text
// around it is shown, or what a program reads in it.
//
//   - Control characters go (C0, DEL, C1), except tab and line feed. Each other
//     line end, from CR LF to U+2029, becomes a line feed: see "Newline
//     Guidelines" in chapter 5 of the Unicode Standard. Where there is room for
//     one line only, join its strings.Fields.
//   - Bidirectional embeddings, overrides and isolates go (U+202A to U+202E,
//     U+2066 to U+2069): left open, they reorder the page around the text. The
//     marks U+200E, U+200F and U+061C stay: Arabic and Hebrew need them, and
//     they reach no further than their neighbours.
//   - Bytes that are not UTF-8, noncharacters, byte order marks and the other
//     format characters that Unicode Technical Report 20 finds unsuitable for
//     markup go.
//   - Tag characters go, which hide a text from people but not from programs,
//     unless they make up the flag of a region; and so does a variation
//     selector after another one.
//
// All else stays: the joiners that emoji, Persian and Indic scripts need, soft
// hyphens, private use; and also letters that look like others, and heaps of
// accents.
//
// The result is not escaped: html/template does that. It is valid UTF-8, never
// longer than s, and not changed by being cleaned again. A text that is clean
// is returned as it is, without allocation.
func Text(s string) string {
	var b strings.Builder
	done := 0     // s[:done] is in b, or left out
	var prev rune // the last that was kept
	for i := 0; i < len(s); {
		if c := s[i]; ' ' <= c && c <= '~' {
			prev = rune(c)
			i++
			continue
		}
		size, last, verdict := judge(s[i:], prev)
		if verdict == keep {
			prev = last
			i += size
			continue
		}
		if b.Cap() == 0 {
			b.Grow(len(s))
		}
		b.WriteString(s[done:i])
		if verdict == breakLine {
			b.WriteByte('\n')
			prev = '\n'
		}
		i += size
		done = i
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

type verdict int

const (
	keep verdict = iota
	drop
	breakLine
)

const (
	blackFlag = '\U0001F3F4'
	firstTag  = '\U000E0020' // stands for U+0020, and so on
	cancelTag = '\U000E007F'
)

// judge says what becomes of the first size bytes of s, which are one
// character, a CR LF or a flag, and end in the rune last.
func judge(s string, prev rune) (size int, last rune, v verdict) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && size == 1:
		return size, r, drop
	case r == '\r' && strings.HasPrefix(s, "\r\n"):
		return 2, '\n', breakLine
	case r == '\v', r == '\f', r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
		return size, r, breakLine
	case r == blackFlag:
		if tags := regionTags(s[size:]); tags > 0 {
			return size + tags, cancelTag, keep
		}
		return size, r, keep
	case selectsVariation(r) && selectsVariation(prev), unwanted(r):
		return size, r, drop
	}
	return size, r, keep
}

// unwanted reports whether r has no place in a text, whatever stands around it.
func unwanted(r rune) bool {
	switch {
	case r == '\t', r == '\n':
		return false
	case r < 0x20, 0x7F <= r && r < 0xA0: // control characters
	case 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069: // bidirectional
	case 0x206A <= r && r <= 0x206F: // deprecated: shaping and digit shapes
	case 0xFFF9 <= r && r <= 0xFFFC: // annotations, a place for an object
	case r == 0xFEFF: // byte order mark
	case 0x1D173 <= r && r <= 0x1D17A: // beams and slurs of musical notation
	case 0xE0000 <= r && r <= 0xE007F: // tags
	case 0xFDD0 <= r && r <= 0xFDEF, r&0xFFFE == 0xFFFE: // noncharacters
	default:
		return false
	}
	return true
}

func selectsVariation(r rune) bool {
	return 0xFE00 <= r && r <= 0xFE0F || 0xE0100 <= r && r <= 0xE01EF
}

// regionTags returns the length of the tags at the start of s that turn a black
// flag into that of a region: three to six letters and digits, such as "gbsct",
// and the end. It is 0 if there are none. See Unicode Technical Standard 51,
// annex C.
func regionTags(s string) int {
	end := 0
	for n := 0; ; n++ {
		r, size := utf8.DecodeRuneInString(s[end:])
		end += size
		switch c := r - firstTag + ' '; {
		case r == cancelTag && 3 <= n && n <= 6:
			return end
		case n == 6, !('0' <= c && c <= '9' || 'a' <= c && c <= 'z'):
			return 0
		}
	}
}
