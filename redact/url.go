package redact

import "strings"

// findQuery finds the query of a URL or a path, a URL's fragment if it has
// parameters, and whole forms.
func findQuery(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); {
		if ends(s[i]) {
			i++
			continue
		}
		end := i
		for end < len(s) && !ends(s[end]) {
			end++
		}
		if at := queryIn(s[i:end]); at >= 0 {
			start = i + at
			if i > 0 && s[i-1] == '"' { // a space in it does not end it
				if n := strings.IndexByte(s[end:], '"'); n >= 0 {
					end += n
				}
			}
			if end = unclosed(s, start, end); start < end {
				return start, pastScheme(s, start, end), Mask
			}
		}
		i = max(end, i+1)
		for i < len(s) && !ends(s[i]) {
			i++
		}
	}
	return -1, 0, ""
}

// queryIn returns where in a token without spaces the query starts, or -1.
func queryIn(token string) int {
	authority := strings.Index(token, "://")
	opening := len(token) - len(strings.TrimLeft(token, "([{'\\,;=:"))
	path := opening < len(token) && token[opening] == '/'
	form := parameter(token[opening:]) && !isArithmetic(token[opening:])
	for i := range len(token) {
		switch rest := token[i+1:]; token[i] {
		case '?':
			if authority >= 0 && authority < i || path || parameter(rest) {
				return i + 1
			}
		case '#':
			if parameter(rest) && (authority >= 0 && authority < i || path) {
				return i + 1
			}
		case '&':
			if form && parameter(rest) {
				return opening
			}
		}
	}
	return -1
}

// parameter reports whether s starts like name=value.
func parameter(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '=':
			return i > 0
		case !isWord(c) && strings.IndexByte("_-.~%+[]:$", c) < 0:
			return false
		}
	}
	return false
}

// isArithmetic reports whether a form has names of one letter only, and numbers of
// few digits: x=1&y=2.
func isArithmetic(form string) bool {
	for part := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(part, "=")
		if len(name) != 1 || len(value) > 3 || value == "" || !isNumber(value) {
			return false
		}
	}
	return true
}

// isQuery reports whether value, which has that name, is a query, if only of
// one parameter.
func isQuery(name, value string) bool { return endsIn(name, "query") && parameter(value) }

// findDSN finds the user name and password before a network in a data source
// name of Go's MySQL driver: user:password@tcp(host)/name.
func findDSN(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; ; {
		n := strings.IndexByte(s[i:], '@')
		if n < 0 {
			return -1, 0, ""
		}
		start, end = i+n, i+n
		for start > from && !ends(s[start-1]) {
			start--
		}
		for end < len(s) && !ends(s[end]) {
			end++
		}
		token := s[start:end]
		if at := max(strings.LastIndex(token, "@tcp("), strings.LastIndex(token, "@tcp6("), strings.LastIndex(token, "@unix(")); at > 0 {
			return start, start + at, Mask
		}
		i = end
	}
}

// findUserinfo finds the user name and password of a URL.
func findUserinfo(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; ; {
		n := strings.Index(s[i:], "://")
		if n < 0 {
			return -1, 0, ""
		}
		i += n + len("://")
		at := -1
		for end := i; end < len(s) && !ends(s[end]) && strings.IndexByte("/?#", s[end]) < 0; end++ {
			if s[end] == '@' {
				at = end
			}
		}
		if at > i {
			return i, at, Mask
		}
	}
}
