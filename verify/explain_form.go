package verify

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// isForm reports whether a body looks like a form
// (application/x-www-form-urlencoded).
func isForm(body []byte) bool {
	name, _, ok := bytes.Cut(body, []byte("="))
	if !ok || len(name) == 0 || bytes.ContainsAny(body, " \n{}\"<>") {
		return false
	}
	_, err := url.ParseQuery(string(body))
	return err == nil
}

// A formStyle is how some program encodes a form.
type formStyle struct {
	how   string
	keep  string // what it doesn't escape, besides letters, digits, "-", "." and "_"
	space string
}

var formStyles = [...]formStyle{
	{"as Go and Python encode it", "~", "+"},
	{"as RFC 3986 encodes it", "~", "%20"},
	{"as browsers and Java encode it", "*", "+"},
	{"as JavaScript's encodeURIComponent encodes it", "!'()*~", "%20"},
	{"as PHP encodes it", "", "+"},
	{"as .NET encodes it", "!()*", "+"},
}

// addForms adds a form parsed and encoded anew, as the usual programs do it.
func (l *variantList) addForms(body []byte) {
	pairs := strings.Split(string(body), "&")
	sorted := slices.Clone(pairs)
	slices.SortStableFunc(sorted, func(a, b string) int {
		a, _, _ = strings.Cut(a, "=")
		b, _, _ = strings.Cut(b, "=")
		return strings.Compare(unescapeForm(a), unescapeForm(b))
	})
	for _, order := range [...]struct {
		pairs []string
		how   string
	}{{pairs, ""}, {sorted, ", fields sorted"}} {
		for _, style := range formStyles {
			for _, digits := range [...]struct{ hex, how string }{{"0123456789ABCDEF", ""}, {"0123456789abcdef", ", in lower case"}} {
				l.add(MistakeBodyReprinted, "the form "+style.how+digits.how+order.how, func() []byte {
					return style.encode(order.pairs, digits.hex)
				})
			}
		}
	}
}

// encode encodes the fields anew, with these hexadecimal digits.
func (s formStyle) encode(pairs []string, digits string) []byte {
	var out []byte
	escape := func(text string) {
		for _, c := range []byte(unescapeForm(text)) {
			switch {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._"+s.keep, c) >= 0:
				out = append(out, c)
			case c == ' ':
				out = append(out, s.space...)
			default:
				out = append(out, '%', digits[c>>4], digits[c&15])
			}
		}
	}
	for _, pair := range pairs {
		if pair == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, '&')
		}
		name, value, _ := strings.Cut(pair, "=")
		escape(name)
		out = append(out, '=')
		escape(value)
	}
	return out
}

func unescapeForm(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
