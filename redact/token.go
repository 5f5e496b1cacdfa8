package redact

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// findBearer finds the token after the word Bearer, and user:password after
// Basic.
func findBearer(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		if !isSpace(s[i]) {
			continue
		}
		bearer, basic := wordBefore(s, from, i, "bearer"), wordBefore(s, from, i, "basic")
		if !bearer && !basic {
			continue
		}
		start := skipSpace(s, i)
		end := tokenEnd(s, start)
		word := s[start:end]
		prose := false
		if bearer {
			switch strings.ToLower(word) {
			case "token", "tokens":
				start = skipSpace(s, end)
				end = tokenEnd(s, start)
				prose = !looksSecret(s[start:end]) && strings.IndexByte(s[start:end], '_') < 0
			case "auth", "authentication", "authorization", "scheme", "realm", "error":
				prose = true
			}
			prose = prose || strings.HasPrefix(word, "realm=") || strings.HasPrefix(word, "error=")
		} else {
			prose = !isBasic(word)
		}
		if !prose && start < end {
			return start, pastScheme(s, start, end), Mask
		}
	}
	return -1, 0, ""
}

// wordBefore reports whether the word before i is w, in any case.
func wordBefore(s string, from, i int, w string) bool {
	start := i - len(w)
	return start >= from && strings.EqualFold(s[start:i], w) && !glued(s, start)
}

// pastScheme moves end, where s[start:end] ends in Bearer or Basic, on over
// what follows.
func pastScheme(s string, start, end int) int {
	for wordBefore(s, start, end, "bearer") || wordBefore(s, start, end, "basic") {
		next := skipSpace(s, end)
		if stop := tokenEnd(s, next); next > end && stop > next {
			end = stop
			continue
		}
		break
	}
	return end
}

func skipSpace(s string, i int) int {
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	return i
}

// isBasic reports whether word encodes a user name and a password: RFC 7617.
func isBasic(word string) bool {
	var from, to [256]byte
	word = strings.TrimRight(word, "=")
	if len(word) > len(from) {
		return true
	}
	n, err := base64.RawStdEncoding.Decode(to[:], from[:copy(from[:], word)])
	return err == nil && bytes.IndexByte(to[:n], ':') >= 0
}

// prefixes of keys, and how much follows at least.
var prefixes = []struct {
	text string
	rest int
}{
	{"sk_live_", 8}, {"sk_test_", 8}, {"rk_live_", 8}, {"rk_test_", 8}, {"whsec_", 8}, {"whsk_", 8}, // Stripe, Standard Webhooks
	{"ghp_", 16}, {"gho_", 16}, {"ghu_", 16}, {"ghs_", 16}, {"ghr_", 16}, {"github_pat_", 16}, {"glpat-", 16}, // GitHub, GitLab
	{"xoxb-", 8}, {"xoxp-", 8}, {"xoxa-", 8}, {"xoxs-", 8}, {"xapp-", 8}, // Slack
	{"shpat_", 16}, {"shpss_", 16}, {"npm_", 30}, {"sk-", 20}, // Shopify, npm, several
	{"AKIA", 16}, {"ASIA", 16}, {"AIza", 30}, {"ya29.", 16}, // AWS, Google
	{"eyJ", 24}, // JSON Web Tokens: {" in base64
}

// prefixStarts are the letters that prefixes start with.
var prefixStarts = func() (starts [256]bool) {
	for _, p := range prefixes {
		starts[p.text[0]] = true
	}
	return starts
}()

// findKey finds keys by their prefix, as JSON Web Tokens have one too.
func findKey(_ *masker, s string, from int) (start, end int, with string) {
	for i := from; i < len(s); i++ {
		if !prefixStarts[s[i]] || glued(s, i) || i > 0 && s[i-1] == '_' {
			continue
		}
		if rest := keyLen(s[i:]); rest > 0 {
			end := i
			for end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || strings.IndexByte("_-.", s[end]) >= 0) {
				end++
			}
			if end-i >= rest {
				return i, end, Mask
			}
		}
	}
	return -1, 0, ""
}

// keyLen returns how long a key with the prefix of s is at least, or 0 if
// there is no such prefix.
func keyLen(s string) int {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p.text) {
			return len(p.text) + p.rest
		}
	}
	return 0
}
