package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bodies that are longer or deeper are not printed again: indented, little text
// can become very much.
const (
	maxReprint = 128 << 10
	maxDepth   = 32
)

// An escaping is how some program writes the characters of JSON strings. What
// must be escaped (RFC 8259, section 7) always is.
type escaping struct {
	how      string
	ascii    bool   // escapes all beyond ASCII
	chars    string // escapes these, too
	slash    bool   // writes "\/"
	upper    bool   // hexadecimal digits
	quote    bool   // writes "\u0022"
	lineEnds bool   // escapes U+2028 and U+2029
}

var escapings = [...]escaping{
	{how: ", nothing escaped"},
	{how: ", non-ASCII escaped", ascii: true},
	{how: ", <, > and & escaped", chars: "<>&", lineEnds: true},
	{how: ", / escaped", slash: true},
	{how: ", non-ASCII and / escaped", ascii: true, slash: true},
	{how: ", non-ASCII, <, > and & escaped", ascii: true, chars: "<>&"},
	{how: ", non-ASCII escaped in upper case", ascii: true, upper: true},
	{how: ", as .NET escapes it", ascii: true, chars: "<>&'+`\x7f", upper: true, quote: true},
	{how: ", as Gson escapes it", chars: "<>&='", lineEnds: true},
}

// addReprints adds valid JSON printed as the usual programs do, with its members
// as they are and with them sorted.
func (l *variantList) addReprints(body []byte) {
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil {
		return
	}
	l.addLayouts("", compact.Bytes())
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return
	}
	var sorted bytes.Buffer
	e := json.NewEncoder(&sorted)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return
	}
	l.addLayouts(", members sorted", bytes.TrimSuffix(sorted.Bytes(), []byte("\n")))
}

// addLayouts adds compact JSON in several escapings and layouts.
func (l *variantList) addLayouts(order string, compact []byte) {
	plain := unescape(compact)
	texts := []struct {
		how  string
		text []byte
	}{{"", compact}}
	for _, e := range escapings {
		texts = append(texts, struct {
			how  string
			text []byte
		}{e.how, e.escape(plain)})
	}
	add := func(layout, how string, text func() []byte) {
		l.add(MistakeBodyReprinted, "the JSON "+layout+how+order, text)
	}
	for _, t := range texts {
		add("compact", t.how, func() []byte { return t.text })
		add("with spaces after colons and commas", t.how, func() []byte { return spaced(t.text) })
	}
	for _, indent := range [...]string{"  ", "    ", "\t"} {
		for _, t := range texts {
			add(fmt.Sprintf("indented by %q", indent), t.how, func() []byte {
				size := indentedSize(t.text, len(indent))
				if l.full = l.size+size > maxVariants; l.full {
					return nil
				}
				var b bytes.Buffer
				b.Grow(size)
				if json.Indent(&b, t.text, "", indent) != nil {
					return nil
				}
				return b.Bytes()
			})
		}
	}
}

// inStrings calls f for each byte of compact JSON, and tells whether it is in a
// string and whether a backslash is before it.
func inStrings(compact []byte, f func(i int, inString, escaped bool)) {
	inString, escaped := false, false
	for i, c := range compact {
		f(i, inString, escaped)
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		}
	}
}

// spaced puts a space after the colons and commas of compact JSON, as Python
// does.
func spaced(compact []byte) []byte {
	out := make([]byte, 0, len(compact)+len(compact)/8)
	inStrings(compact, func(i int, inString, _ bool) {
		out = append(out, compact[i])
		if c := compact[i]; !inString && (c == ':' || c == ',') {
			out = append(out, ' ')
		}
	})
	return out
}

// escape escapes compact JSON in which nothing is escaped that needn't be.
func (e *escaping) escape(plain []byte) []byte {
	out := make([]byte, 0, len(plain))
	hex := `\u%04x`
	if e.upper {
		hex = `\u%04X`
	}
	next := 0 // the rest of a character that has been written
	inStrings(plain, func(i int, inString, escaped bool) {
		if i < next {
			return
		}
		r, n := utf8.DecodeRune(plain[i:])
		next = i + n
		switch {
		case escaped && r == '"' && e.quote:
			out = append(out[:len(out)-1], `\u0022`...)
		case !inString || escaped:
			out = append(out, plain[i:next]...)
		case r == '/' && e.slash:
			out = append(out, `\/`...)
		case r > 0xffff && e.ascii:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, hex+hex, high, low)
		case r >= utf8.RuneSelf && e.ascii, (r == '\u2028' || r == '\u2029') && e.lineEnds, strings.ContainsRune(e.chars, r):
			out = fmt.Appendf(out, hex, r)
		default:
			out = append(out, plain[i:next]...)
		}
	})
	return out
}

// indentedSize returns how long JSON is, indented, or a little more.
func indentedSize(compact []byte, indent int) int {
	size, depth := 0, 0
	inStrings(compact, func(i int, inString, _ bool) {
		size++
		switch c := compact[i]; {
		case inString:
		case c == '{', c == '[':
			depth++
			size += 1 + depth*indent
		case c == '}', c == ']':
			depth--
			size += 1 + depth*indent
		case c == ',':
			size += 1 + depth*indent
		case c == ':':
			size++
		}
	})
	return size
}

// depth returns how deep JSON is nested, or more: it looks into strings too.
func depth(body []byte) int {
	depth, deepest := 0, 0
	for _, c := range body {
		switch c {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest
}
