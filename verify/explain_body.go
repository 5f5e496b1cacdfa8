package verify

import (
	"bytes"
	"encoding/base64"
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

// A bodyVariant is a body that may have been signed.
type bodyVariant struct {
	bytes   []byte
	finding *Finding // nil for the body as it is
}

// bodyVariants returns the body, then what it may have been.
func bodyVariants(body []byte) []bodyVariant {
	variants := []bodyVariant{{bytes: body}}
	add := func(m Mistake, detail string, b []byte) {
		for _, v := range variants {
			if bytes.Equal(v.bytes, b) {
				return
			}
		}
		variants = append(variants, bodyVariant{b, &Finding{m, detail}})
	}
	add(MistakeBodyEnd, "without the newline at its end", bytes.TrimSuffix(bytes.TrimSuffix(body, []byte("\n")), []byte("\r")))
	add(MistakeBodyEnd, "with a newline at its end", concat(body, "\n"))
	add(MistakeBodyEnd, `with "\r\n" at its end`, concat(body, "\r\n"))
	add(MistakeBodyEnd, "without the white space around it", bytes.TrimSpace(body))
	add(MistakeBodyText, `with "\n" for "\r\n"`, bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")))
	add(MistakeBodyText, `with "\r\n" for "\n"`, bytes.ReplaceAll(body, []byte("\n"), []byte("\r\n")))
	add(MistakeBodyText, "without its byte order mark", bytes.TrimPrefix(body, []byte("\ufeff")))
	if b, err := base64.StdEncoding.DecodeString(string(body)); err == nil && len(b) > 0 {
		add(MistakeBodyText, "decoded from base64", b)
	}
	if len(body) <= maxReprint && depth(body) <= maxDepth && json.Valid(body) {
		for _, r := range reprints(body) {
			add(MistakeBodyReprinted, r.how, r.text)
		}
	}
	return variants
}

func concat(b []byte, end string) []byte {
	return append(b[:len(b):len(b)], end...)
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

// A reprint is JSON printed as some program would.
type reprint struct {
	how  string
	text []byte
}

// reprints prints valid JSON as the usual programs do, with its members as
// they are and with them sorted.
func reprints(body []byte) []reprint {
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil {
		return nil
	}
	all := layouts("", compact.Bytes())
	var value any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return all
	}
	var sorted bytes.Buffer
	e := json.NewEncoder(&sorted)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return all
	}
	return append(all, layouts(", members sorted", bytes.TrimSuffix(sorted.Bytes(), []byte("\n")))...)
}

// layouts returns compact JSON in several layouts and escapings.
func layouts(suffix string, compact []byte) []reprint {
	var html bytes.Buffer
	json.HTMLEscape(&html, compact)
	plain := unescape(compact)
	all := []reprint{
		{"compact", compact},
		{"compact, <, > and & escaped", html.Bytes()},
		{"compact, nothing escaped", plain},
		{"compact, non-ASCII escaped", escapeNonASCII(plain)},
		{"compact, / escaped", bytes.ReplaceAll(plain, []byte("/"), []byte(`\/`))},
		{"compact, non-ASCII and / escaped", bytes.ReplaceAll(escapeNonASCII(plain), []byte("/"), []byte(`\/`))},
		{"with spaces after colons and commas", spaced(compact)},
		{"with spaces after colons and commas, non-ASCII escaped", spaced(escapeNonASCII(plain))},
	}
	for _, indent := range [...]string{"  ", "    ", "\t"} {
		for _, text := range [...]reprint{{"", compact}, {", nothing escaped", plain}} {
			var b bytes.Buffer
			if json.Indent(&b, text.text, "", indent) == nil {
				all = append(all, reprint{fmt.Sprintf("indented by %q%s", indent, text.how), b.Bytes()})
			}
		}
	}
	for i := range all {
		all[i].how += suffix
	}
	return all
}

// spaced puts a space after the colons and commas of compact JSON, as Python
// does.
func spaced(compact []byte) []byte {
	out := make([]byte, 0, len(compact)+len(compact)/8)
	inString, escaped := false, false
	for _, c := range compact {
		out = append(out, c)
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case !inString && (c == ':' || c == ','):
			out = append(out, ' ')
		}
	}
	return out
}

// escapeNonASCII writes all beyond ASCII as \u escapes.
func escapeNonASCII(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			out = append(out, text[0])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
	return out
}

// unescape writes each string of JSON anew, escaping only what must be.
func unescape(compact []byte) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	for rest := string(compact); rest != ""; {
		start := strings.IndexByte(rest, '"')
		if start < 0 {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:start])
		quoted := rest[start : start+stringEnd(rest[start:])]
		rest = rest[start+len(quoted):]
		var s string
		if json.Unmarshal([]byte(quoted), &s) != nil || e.Encode(s) != nil {
			return compact
		}
		out.Truncate(out.Len() - 1) // the encoder's newline
	}
	return out.Bytes()
}

// stringEnd returns the length of the JSON string that text begins with.
func stringEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
