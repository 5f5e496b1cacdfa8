package redact

import "strings"

// String masks what the package's documentation lists in s. Masking the result
// again changes nothing, unless it is hardly a text. If there is nothing to
// mask, it returns s, without allocation unless s is JSON.
func String(s string) string { return standard.text(s) }

// A rule finds the first thing to mask in s[from:], and says what to write in
// its place. start is negative if there is none.
type rule func(m *masker, s string, from int) (start, end int, with string)

// rules in the order in which they are applied: what has several words, of which
// others would take the first only, and then those that mask more.
var rules = []rule{
	findCard, findPhone, findFlag, findNamed, findQuery, findUserinfo, findDSN, findBearer, findKey, findEmail, findIPv6, findIPv4,
}

func (m *masker) text(s string) string {
	if m.literals != nil {
		s = m.literals.Replace(s)
	}
	if len(s) < 16 && isPlainWord(s) {
		return s
	}
	if isJSON(s) {
		w := walk{masker: m}
		if masked, changed := w.json([]byte(s)); changed {
			return string(masked)
		}
		return s
	}
	for _, find := range rules {
		s = m.replace(s, find)
	}
	return s
}

// isPlainWord reports whether s is a name or a word, in which there is nothing to
// find.
func isPlainWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || isDigit(c) && i == 0 || strings.IndexByte("@%:=?&#.-_+( \t\r\n", c) >= 0 {
			return false
		}
	}
	return true
}

func (m *masker) replace(s string, find rule) string {
	var b strings.Builder
	done := 0
	for from := 0; from < len(s); {
		start, end, with := find(m, s, from)
		if start < 0 {
			break
		}
		from = end
		if s[start:end] == with {
			continue
		}
		b.WriteString(s[done:start])
		b.WriteString(with)
		done = end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func isSpace(c byte) bool { return c <= ' ' || c == 0x7F }

// ends reports whether c ends a token, a URL or a secret without quotes.
func ends(c byte) bool {
	return isSpace(c) || c == '"' || c == '`' || c == '<' || c == '>'
}

// tokenEnd returns the end of what starts at i and goes on to a space or a
// quote, without the brackets and the punctuation that follow it.
func tokenEnd(s string, i int) int {
	end := i
	for end < len(s) && !ends(s[end]) {
		end++
	}
	return unclosed(s, i, end)
}

// unclosed moves end back over closing brackets and punctuation, but not into a
// mask.
func unclosed(s string, start, end int) int {
	for end > start && strings.IndexByte(`)]}'\,;.:!`, s[end-1]) >= 0 && !strings.HasSuffix(s[start:end], Mask) {
		end--
	}
	return end
}

// glued reports whether s[i] is in one word with what is before it. An escape,
// as in a quoted text or in JSON, is no part of a word.
func glued(s string, i int) bool {
	if i == 0 || !isWord(s[i-1]) {
		return false
	}
	for back := 2; back <= min(i, len(`\U0010ffff`)); back++ {
		if s[i-back] == '\\' && escapeLen(s[i-back:]) == back {
			return false
		}
	}
	return true
}

// escapeLen returns the length of the escape at the start of s, which is a
// backslash.
func escapeLen(s string) int {
	n := 2
	if len(s) > 1 {
		switch s[1] {
		case 'x':
			n = len(`\xff`)
		case 'u':
			n = len(`\uffff`)
		case 'U':
			n = len(`\U0010ffff`)
		}
	}
	if len(s) < n || strings.Trim(s[2:n], "0123456789abcdefABCDEF") != "" {
		return min(2, len(s))
	}
	return n
}

// looksSecret reports whether a word is more like a secret than like prose:
// long, or with a digit, or with a capital after the first letter.
func looksSecret(word string) bool {
	if len(word) >= 20 {
		return true
	}
	for i := range len(word) {
		if c := word[i]; isDigit(c) || i > 0 && 'A' <= c && c <= 'Z' {
			return true
		}
	}
	return false
}
