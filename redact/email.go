package redact

import (
	"net/netip"
	"strings"
)

// findEmail finds an email address, whose @ may be percent-encoded.
func findEmail(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		domain := i + 1
		switch {
		case s[i] == '@':
		case strings.HasPrefix(s[i:], "%40"):
			domain = i + len("%40")
		default:
			continue
		}
		start := localBefore(s, from, i)
		if start == i {
			continue
		}
		if end := domainAfter(s, domain); end > domain {
			return start, end, Mask
		}
	}
	return -1, 0, ""
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
