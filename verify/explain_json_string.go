package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// unescape writes each string of JSON anew, escaping only what must be.
func unescape(compact []byte) []byte {
	var out bytes.Buffer
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
		if json.Unmarshal([]byte(quoted), &s) != nil {
			return compact
		}
		out.Write(quote(s))
	}
	return out.Bytes()
}

// quote returns a JSON string with nothing escaped that needn't be. (Package
// encoding/json escapes U+2028, too.)
func quote(text string) []byte {
	out := make([]byte, 0, len(text)+2)
	out = append(out, '"')
	for _, r := range text {
		if i := strings.IndexRune("\"\\\b\f\n\r\t", r); i >= 0 {
			out = append(out, '\\', `"\bfnrt`[i])
		} else if r < ' ' {
			out = fmt.Appendf(out, `\u%04x`, r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return append(out, '"')
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
