package redact

import "strings"

// findNamed finds the value in name=value, name: value and "name": "value"
// where the name is that of a secret.
func findNamed(m *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		c := s[i]
		if c != '=' && c != ':' {
			continue
		}
		name, quote := nameBefore(s, from, i)
		if name == "" {
			continue
		}
		one, several := m.secret(name)
		if !one && !several {
			continue
		}
		start, end := valueAfter(s, i, name, quote)
		if start < end && (one || !isNumber(s[start:end])) {
			return start, end, Mask
		}
	}
	return -1, 0, ""
}

// nameBefore returns the name that ends at i, and the quote before it, if there
// is one.
func nameBefore(s string, from, i int) (name string, quote byte) {
	const longest = 64
	end := i
	for end > from && (s[end-1] == ' ' || s[end-1] == '\t') && i-end < longest {
		end--
	}
	for end > from && strings.IndexByte("\"'`\\", s[end-1]) >= 0 && i-end < longest {
		end--
	}
	start := end
	for start > from && end-start < longest && (isWord(s[start-1]) || strings.IndexByte("_-.[]", s[start-1]) >= 0) {
		start--
	}
	if start > from && strings.IndexByte("\"'`", s[start-1]) >= 0 {
		quote = s[start-1]
	}
	return s[start:end], quote
}

// valueAfter returns where the value is that follows the = or : at i. It is
// empty if it need not be masked.
func valueAfter(s string, i int, name string, quote byte) (start, end int) {
	start = i + 1
	for start < len(s) && (s[start] == ' ' || s[start] == '\t' || s[start] == '=') {
		start++
	}
	escapes := start
	for escapes < len(s) && s[escapes] == '\\' {
		escapes++
	}
	switch {
	case start == len(s), s[start] == '\n', s[start] == '\r', strings.HasPrefix(s[i:], "://"):
		return start, start
	case escapes < len(s) && strings.IndexByte("\"'`", s[escapes]) >= 0:
		return quoted(s, start, escapes)
	case isHeader(name) && (s[start] != '[' || strings.HasPrefix(s[start:], Mask)):
		end = start
		for end < len(s) && s[end] != '\n' && s[end] != '\r' && (quote == 0 || s[end] != quote) {
			end++
		}
		return start, end
	case isHeader(name): // an http.Header, printed
		start++
		end = start
		if strings.HasPrefix(s[start:], Mask) {
			end += len(Mask)
		}
		if n := strings.IndexByte(s[end:], ']'); n >= 0 {
			return start, end + n
		}
		return start, len(s)
	}
	end = start
	for end < len(s) && !ends(s[end]) && s[end] != '&' && (quote != '\'' || s[end] != quote) {
		end++
	}
	end = unclosed(s, start, end)
	switch word := s[start:end]; word {
	case "null", "nil", "true", "false":
		return start, start
	default:
		if s[i] == ':' && start > i+1 && !looksSecret(word) && word != Mask {
			return start, start // prose
		}
	}
	return start, end
}

// quoted returns what is between the quote at i, which backslashes from start
// on escape, and its like.
func quoted(s string, start, i int) (from, to int) {
	mark := s[start : i+1]
	for end := i + 1; end < len(s); end++ {
		switch {
		case strings.HasPrefix(s[end:], mark):
			return i + 1, end
		case s[end] == '\\' && s[i] != '`':
			end++
		}
	}
	return i + 1, len(s)
}

// isHeader reports whether a name is that of a header whose value has spaces.
func isHeader(name string) bool { return endsIn(name, "authorization") || endsIn(name, "cookie") }

func isNumber(s string) bool {
	return strings.Trim(s, "0123456789.") == ""
}
