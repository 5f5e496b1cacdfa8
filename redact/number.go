package redact

import "strings"

// findCard finds the number of a payment card: 13 to 19 digits in a row, or in
// groups with spaces or hyphens between them, whose last one is the check digit
// of ISO/IEC 7812-1 (the Luhn formula). Groups that follow are no part of it.
func findCard(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		if '3' <= s[i] && s[i] <= '6' && !inWord(s, i) && (i == 0 || s[i-1] != '.') {
			if end := cardEnd(s, i); end > 0 {
				return i, end, Mask
			}
		}
		for i+1 < len(s) && isDigit(s[i+1]) {
			i++
		}
	}
	return -1, 0, ""
}

// cardEnd returns the end of the longest card number that begins at i, zero if
// there is none.
func cardEnd(s string, i int) (found int) {
	const least, most = 13, 19
	var digits [most]byte
	n, sep := 0, byte(0)
	for end := i; ; end++ {
		digit := end < len(s) && isDigit(s[end])
		if !digit && n >= least && !wordAt(s, end) && luhn(digits[:n]) {
			found = end
		}
		switch {
		case digit && n < most:
			digits[n] = s[end] - '0'
			n++
		case !digit && end+1 < len(s) && (s[end] == ' ' || s[end] == '-') && (sep == 0 || sep == s[end]) && isDigit(s[end+1]):
			sep = s[end]
		default:
			return found
		}
	}
}

// inWord reports whether s[i] is in one word of ASCII with what is before it, and
// wordAt whether such a word goes on at i.
func inWord(s string, i int) bool { return glued(s, i) && s[i-1] < 0x80 }

func wordAt(s string, i int) bool { return i < len(s) && (isLetter(s[i]) || isDigit(s[i])) }

// luhn reports whether the last digit checks the others.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// findPhone finds a telephone number in international form (ITU-T E.164: a plus,
// 8 to 15 digits), with spaces, hyphens, dots and brackets in it, or one of North
// America with its hyphens: 555-010-0199, (555) 010-0199.
func findPhone(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		c := s[i]
		if c != '+' && c != '(' && !isDigit(c) || inWord(s, i) || i > 0 && strings.IndexByte(".-+/", s[i-1]) >= 0 {
			continue
		}
		if c == '+' {
			if end := internationalEnd(s, i); end > i {
				return i, end, Mask
			}
			continue
		}
		if end := northAmericanEnd(s, i); end > i {
			return i, end, Mask
		}
	}
	return -1, 0, ""
}

// internationalEnd returns the end of the longest number that begins at i, or i if
// there is none. Groups that follow are no part of it.
func internationalEnd(s string, i int) int {
	found, digits, end := i, 0, i+1
	if end == len(s) || s[end] < '1' || s[end] > '9' {
		return i
	}
	for j := end; j < len(s) && digits < 15 && j-end < 3; j++ {
		if isDigit(s[j]) {
			digits++
			end = j + 1
			if digits >= 8 && !wordAt(s, end) {
				found = end
			}
		} else if strings.IndexByte(" -.()", s[j]) < 0 {
			break
		}
	}
	return found
}

// northAmericanEnd returns the end of three, three and four digits.
func northAmericanEnd(s string, i int) int {
	for _, form := range [...]string{"ddd-ddd-dddd", "(ddd) ddd-dddd", "(ddd)ddd-dddd"} {
		end := i + len(form)
		if end <= len(s) && fits(s[i:end], form) && !wordAt(s, end) && (end == len(s) || s[end] != '-') {
			return end
		}
	}
	return i
}

func fits(s, form string) bool {
	for i := range len(form) {
		if form[i] == 'd' && !isDigit(s[i]) || form[i] != 'd' && form[i] != s[i] {
			return false
		}
	}
	return true
}
