package redact

// findFlag finds the value after the flag of a command that is named as a secret,
// as in --token abc. One with an equals sign is for findNamed.
func findFlag(m *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		if s[i] != '-' || inWord(s, i) || i > 0 && s[i-1] == '-' {
			continue
		}
		name := i
		for name < len(s) && s[name] == '-' && name-i < 2 {
			name++
		}
		end := name
		for end < len(s) && end-name < 64 && (isWord(s[end]) || s[end] == '-' || s[end] == '_') {
			end++
		}
		start := end
		for start < len(s) && (s[start] == ' ' || s[start] == '\t') {
			start++
		}
		if end == name || start == end || start == len(s) || s[start] == '-' {
			i = max(i, end-1)
			continue
		}
		if one, _ := m.secret(s[name:end]); !one {
			i = end - 1
			continue
		}
		if s[start] == '"' || s[start] == '\'' {
			from, to := quoted(s, start, start)
			if from < to {
				return from, to, Mask
			}
			i = to
			continue
		}
		if stop := tokenEnd(s, start); stop > start {
			return start, stop, Mask
		}
		i = end - 1
	}
	return -1, 0, ""
}
