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
		if name == "" || !m.mayEnd(name[len(name)-1]) {
			continue
		}
		one, several := m.secret(name)
		if !one && !several {
			continue
		}
		start, end := valueAfter(s, i, name, quote)
		if start >= end || !one && isNumber(s[start:end]) {
			continue
		}
		if end = m.beforeName(s, start, end); start < end {
			return start, end, Mask
		}
	}
	return -1, 0, ""
}

// beforeName moves end back, where the value s[start:end] ends in the name of
// another secret, to that name: its value follows, or was masked.
func (m *masker) beforeName(s string, start, end int) int {
	const closing = "\"'`\\ \t"
	i := end
	if value := s[start:end]; strings.HasSuffix(value, Mask) {
		i = start + len(strings.TrimRight(strings.TrimSuffix(value, Mask), closing+"[{")) - 1
	} else {
		i += len(s[i:]) - len(strings.TrimLeft(s[i:], closing))
	}
	if i < start || i >= len(s) || s[i] != '=' && s[i] != ':' {
		return end
	}
	name, quote := nameBefore(s, start, i)
	one, several := m.secret(name)
	if !one && !several {
		return end
	}
	if from, to := valueAfter(s, i, name, quote); from >= to || !one && isNumber(s[from:to]) {
		return end
	}
	return max(start, start+strings.LastIndex(s[start:i], name))
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
	case isHeader(name):
		return headerAfter(s, start, quote)
	}
	end, grouped := plainEnd(s, start, quote)
	switch word := s[start:end]; word {
	case "null", "nil", "true", "false", "[]", "{}":
		return start, start
	default:
		if s[i] == ':' && start > i+1 && !grouped && !looksSecret(strings.TrimSuffix(word, Mask)) && word != Mask {
			return start, start // prose
		}
	}
	return start, pastScheme(s, start, end)
}

// headerAfter returns where the value of a header is that starts at start. Of a
// list it is what is in the brackets.
func headerAfter(s string, start int, quote byte) (from, to int) {
	list := start
	if strings.HasPrefix(s[start:], "[]string{") { // an http.Header in Go's syntax
		list += len("[]string")
	}
	if s[list] == '{' && (quote != 0 || list > start) || s[list] == '[' && !strings.HasPrefix(s[list:], Mask) {
		if end := groupEnd(s, list); end > 0 {
			return list + 1, end - 1
		}
		return list + 1, len(s)
	}
	end := start
	for end < len(s) && s[end] != '\n' && s[end] != '\r' && (quote == 0 || s[end] != quote) {
		end++
	}
	return start, end
}

// plainEnd returns the end of the value without quotes that starts at start,
// and whether there is a list or an object in it. One that is not closed goes
// on to the end of the line.
func plainEnd(s string, start int, quote byte) (end int, grouped bool) {
	least := start
	for end = start; end < len(s) && !ends(s[end]) && s[end] != '&' && (quote != '\'' || s[end] != quote); {
		switch {
		case s[end] == '[', s[end] == '{':
			least = groupEnd(s, end)
			if least < 0 {
				least = lineEnd(s, end)
			}
			grouped = grouped || s[end:least] != Mask
			end = least
		case strings.HasPrefix(s[end:], "interface {}"):
			end += len("interface {}")
		default:
			end++
		}
	}
	return max(least, unclosed(s, start, end)), grouped
}

// groupEnd returns the end of the list or object that opens at i, or -1 if it
// is not closed, or far away.
func groupEnd(s string, i int) int {
	const longest = 4096
	s = s[:min(len(s), i+longest)]
	for depth := 0; i < len(s); i++ {
		switch s[i] {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		case '"', '`', '\\':
			mark := i
			for mark < len(s) && s[mark] == '\\' {
				mark++
			}
			if mark < len(s) && (s[mark] == '"' || s[mark] == '`') {
				_, to := quoted(s, i, mark)
				mark = to + mark - i
			}
			i = mark
		}
	}
	return -1
}

func lineEnd(s string, i int) int {
	if n := strings.IndexAny(s[i:], "\r\n"); n >= 0 {
		return i + n
	}
	return len(s)
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
