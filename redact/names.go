package redact

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Mask is written in place of what is masked whole.
const Mask = "[redacted]"

// words are the names of secrets, in lower case and without punctuation.
var words = []string{
	"authorization", "token", "secret", "password", "passwd", "passphrase", "pwd", "cookie", "credential",
	"apikey", "accesskey", "privatekey", "secretkey", "signingkey", "encryptionkey",
	"jwt", "bearer", "otp", "sessionid", "signature", "dsn", "rawquery", "querystring",
}

// personal are the names of what is known of a person. They count for attributes,
// fields and members, and not in texts, where a value has no end.
var personal = []string{
	"email", "mail", "emailaddress", "phone", "phonenumber", "telephone", "mobile", "msisdn", "fax",
	"firstname", "lastname", "fullname", "surname", "givenname", "familyname", "realname",
	"birthdate", "birthday", "dateofbirth", "postaladdress", "streetaddress",
	"ssn", "iban", "creditcard", "cardnumber", "cvv", "cvc", bareName,
}

// A masker knows the names of secrets, and secrets. It does not change and may be
// used concurrently.
type masker struct {
	names    []string
	personal []string
	literals *strings.Replacer // nil: none
	ends     [256]bool         // the letters that names end in, and all that is no letter
}

var standard = newStandard()

func newStandard() *masker {
	m := &masker{names: words, personal: personal}
	m.setEnds()
	return m
}

func (m *masker) setEnds() {
	for c := range m.ends {
		m.ends[c] = !isLetter(byte(c)) || c|0x20 == 's' // of a plural
	}
	for _, name := range m.names {
		m.ends[name[len(name)-1]] = true
	}
}

// mayEnd reports whether the name of a secret can end in c.
func (m *masker) mayEnd(c byte) bool { return m.ends[lower(c)] }

// newMasker returns what masks as the options say.
func newMasker(o *Options) *masker {
	if o == nil || len(o.Names)+len(o.Open)+len(o.Literals) == 0 {
		return standard
	}
	m := &masker{names: slices.Clone(words), literals: literals(o.Literals)}
	for _, name := range o.Names {
		m.names = append(m.names, word(name))
	}
	m.personal = slices.DeleteFunc(slices.Clone(personal), func(p string) bool {
		return slices.ContainsFunc(o.Open, func(name string) bool { return endsIn(p, word(name)) })
	})
	m.setEnds()
	return m
}

// word brings a name into the form of words. It panics if nothing is left.
func word(name string) string {
	w := plain(name)
	if w == "" {
		panic("redact: NewHandler: a name without a letter or digit")
	}
	return w
}

// literals returns what masks the secrets in a text, in all forms that they have
// there, the longer ones first.
func literals(secrets []string) *strings.Replacer {
	var forms []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		if len(s) < 6 {
			panic("redact: NewHandler: a literal of fewer than 6 bytes")
		}
		quoted := strconv.Quote(s)
		encoded, _ := json.Marshal(s) // it is a string
		ascii := strconv.QuoteToASCII(s)
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s),
			quoted[1:len(quoted)-1], ascii[1:len(ascii)-1], string(encoded[1:len(encoded)-1]))
	}
	if len(forms) == 0 {
		return nil
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	var pairs []string
	for _, form := range slices.Compact(forms) {
		pairs = append(pairs, form, Mask)
	}
	return strings.NewReplacer(pairs...)
}

// private reports whether what has the name, as that of an attribute, a field or a
// member, is a secret or personal, or several are under a plural.
func (m *masker) private(name string) (one, several bool) {
	one, several = match(m.names, name)
	if one {
		return one, several
	}
	if len(name) == len(bareName) && endsIn(name, bareName) {
		return slices.Contains(m.personal, bareName), several
	}
	mine, ours := match(m.personal, name)
	return mine, several || ours
}

// bareName is a personal name if it is just that: a hostname is none.
const bareName = "name"

// secret reports whether a name is that of a secret, or of several.
func (m *masker) secret(name string) (one, several bool) { return match(m.names, name) }

// match is secret for a list of names.
func match(names []string, name string) (one, several bool) {
	bare := strings.TrimRight(name, "0123456789_-.[] ")
	plural := ""
	if n := len(bare); n > 0 && bare[n-1]|0x20 == 's' {
		plural = bare[:n-1]
	}
	for _, word := range names {
		if word == bareName {
			continue // it matches by itself only
		}
		switch {
		case endsIn(bare, word), len(bare) < len(name) && endsIn(name, word):
			return true, false
		case plural != "" && endsIn(plural, word):
			several = true
		}
	}
	return false, several
}

// endsIn reports whether name ends in word, leaving aside case and punctuation.
func endsIn(name, word string) bool {
	j := len(word)
	for i := len(name) - 1; i >= 0 && j > 0; i-- {
		c := lower(name[i])
		if !isWord(c) {
			continue
		}
		if j--; c != word[j] {
			return false
		}
	}
	return j == 0
}

// plain brings a name into the form of words.
func plain(name string) string {
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := lower(name[i]); isWord(c) {
			b = append(b, c)
		}
	}
	return string(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// isWord reports whether c is a letter or digit of ASCII, or part of another
// character.
func isWord(c byte) bool { return isLetter(c) || isDigit(c) || c >= 0x80 }
