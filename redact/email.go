package redact

import (
	"net/netip"
	"strings"
)

// ats are the ways to write the @ of an address: as it is, percent-encoded, small
// and full-width, which some input methods give.
var ats = [...]string{"@", "%40", "\ufe6b", "\uff20"}

// findEmail finds an email address.
func findEmail(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		domain := atEnd(s, i)
		if domain == i {
			continue
		}
		start := localBefore(s, from, i)
		if start == i || s[start:i] == "git" { // as in git@github.com
			continue
		}
		if end := domainAfter(s, domain); end > domain {
			return start, end, Mask
		}
	}
	return -1, 0, ""
}

// atEnd returns the end of the @ at i, or i if there is none.
func atEnd(s string, i int) int {
	if c := s[i]; c != '@' && c != '%' && c != ats[2][0] {
		return i
	}
	for _, at := range ats {
		if strings.HasPrefix(s[i:], at) {
			return i + len(at)
		}
	}
	return i
}

// localBefore returns where the local part that ends at i starts.
func localBefore(s string, from, i int) int {
	const longest = 256
	if i > from+1 && s[i-1] == '"' { // a quoted local part
		if open := strings.LastIndexByte(s[max(from, i-longest):i-1], '"'); open >= 0 {
			return max(from, i-longest) + open
		}
	}
	start := i
	for start > from && i-start < longest && (isWord(s[start-1]) || strings.IndexByte("._+-%!#$'*^~", s[start-1]) >= 0) {
		start--
	}
	for start < i && s[start] == '\'' {
		start++
	}
	return start
}

// domainAfter returns the end of the domain at start, or start if there is
// none: labels with dots between them, the last one not a number, or an address
// in brackets.
func domainAfter(s string, start int) int {
	if start < len(s) && s[start] == '[' {
		n := strings.IndexByte(s[start:min(len(s), start+64)], ']')
		if n > 0 {
			if _, err := netip.ParseAddr(strings.TrimPrefix(s[start+1:start+n], "IPv6:")); err == nil {
				return start + n + 1
			}
		}
		return start
	}
	end := start
	for end < len(s) && (isWord(s[end]) || s[end] == '-' || s[end] == '.') {
		end++
	}
	if isVersion(strings.TrimRight(s[start:end], ".-")) {
		return start
	}
	for {
		for end > start && (s[end-1] == '.' || s[end-1] == '-') {
			end--
		}
		dot := strings.LastIndexByte(s[start:end], '.')
		switch {
		case dot <= 0:
			return start
		case !isDigit(s[start+dot+1]) && s[start+dot-1] != '.':
			return end
		}
		end = start + dot
	}
}

// isVersion reports whether s is a version, as in npm@10.x or
// path/of/module@v1.2.3-rc.beta: numbers, and after a hyphen anything.
func isVersion(s string) bool {
	s, v := strings.CutPrefix(s, "v")
	for n := 1; ; n++ {
		label, rest, more := strings.Cut(s, ".")
		number, _, hyphen := strings.Cut(label, "-")
		switch {
		case number == "" || !isNumber(number) && (label != "x" || n == 1):
			return false
		case hyphen:
			return v || n >= 3
		case !more:
			return n > 1
		}
		s = rest
	}
}
