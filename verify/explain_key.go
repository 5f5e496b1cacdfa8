package verify

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// A keyVariant is a way in which the sender may have signed: its key, and what
// it did with it.
type keyVariant struct {
	key
	construct construction
	known     bool     // no secret is needed to sign so
	finding   *Finding // nil for the scheme's own
}

// keyVariants returns the scheme's keys, other readings of their texts, other
// ways to use them, the other secrets, and what senders without a secret do. The
// first has no finding; nor have further keys of the scheme, but they count as a
// variant all the same.
func (s *Scheme) keyVariants(others []string) []keyVariant {
	var variants []keyVariant
	add := func(v keyVariant, m Mistake, detail string) {
		for _, w := range variants {
			if v.construct == w.construct && bytes.Equal(v.secret, w.secret) && v.public.Equal(w.public) && v.ecdsa == w.ecdsa {
				return
			}
		}
		if len(v.secret) == 0 && v.kind == keyMAC && !v.known {
			return // an empty key is of no secret in particular
		}
		if m != 0 {
			v.finding = &Finding{m, detail}
		}
		variants = append(variants, v)
	}
	for _, k := range s.keys {
		add(keyVariant{key: k}, 0, "")
	}
	for _, k := range s.keys {
		public := k.kind != keyMAC && k.private == nil
		for _, r := range readings(k.text) {
			if public {
				add(keyVariant{key: key{secret: r.secret}, known: true}, MistakeNoSecret, "it used the public key for an HMAC, "+r.how)
				continue
			}
			add(keyVariant{key: key{secret: r.secret}}, MistakeSecretForm, r.how)
		}
		if k.kind == keyMAC {
			add(keyVariant{key: k, construct: constructSwapped}, MistakeHash, "HMAC with key and message swapped")
			add(keyVariant{key: k, construct: constructKeyFirst}, MistakeHash, "a plain hash of the secret and the message, no HMAC")
			add(keyVariant{key: k, construct: constructKeyLast}, MistakeHash, "a plain hash of the message and the secret, no HMAC")
		}
	}
	for i, text := range others {
		detail := fmt.Sprintf("the options' secret %d", i+1)
		if k, err := s.spec.checkKey(text); err == nil {
			add(keyVariant{key: k}, MistakeSecretOther, detail)
		}
		for _, r := range readings(text) {
			add(keyVariant{key: key{secret: r.secret}}, MistakeSecretOther, detail+", "+r.how)
		}
	}
	add(keyVariant{construct: constructNoKey, known: true}, MistakeNoSecret, "its signature is a plain hash, which needs none")
	add(keyVariant{known: true}, MistakeNoSecret, "it signed with an empty one")
	for _, text := range unsetSecrets {
		add(keyVariant{key: key{secret: []byte(text)}, known: true}, MistakeNoSecret, fmt.Sprintf("it signed with the text %q", text))
	}
	return variants
}

// unsetSecrets is what languages print for a variable that isn't set.
var unsetSecrets = [...]string{"undefined", "null", "None", "nil", "<nil>", "NULL", "none"}

// A reading is a key that the text of a secret may stand for.
type reading struct {
	how    string
	secret []byte
}

// readings returns the ways to read a secret's text.
func readings(text string) []reading {
	bare := text
	all := []reading{
		{"as it is written", []byte(text)},
		{"with a newline at its end", []byte(text + "\n")},
		{`with "\r\n" at its end`, []byte(text + "\r\n")},
		{"with a byte order mark before it", []byte("\ufeff" + text)},
		{"with a zero-width space at its end", []byte(text + "\u200b")},
		{`with \n, two characters, at its end`, []byte(text + `\n`)},
		{"in quotes", []byte(`"` + text + `"`)},
		{"without the white space around it", []byte(strings.TrimSpace(text))},
		{"without the quotes around it", []byte(strings.Trim(text, `"'`))},
		{`without the \n, two characters, at its end`, []byte(strings.TrimSuffix(text, `\n`))},
		{"without its invisible characters", []byte(strings.TrimSpace(visible(text)))},
		{"in base64", []byte(base64.StdEncoding.EncodeToString([]byte(text)))},
		{"in hex", []byte(hex.EncodeToString([]byte(text)))},
		{"in upper case", []byte(strings.ToUpper(text))},
		{"in lower case", []byte(strings.ToLower(text))},
	}
	if plain, err := url.QueryUnescape(text); err == nil {
		all = append(all, reading{"decoded from a URL", []byte(plain)})
	}
	if i := strings.IndexByte(text, '_'); i > 0 {
		bare = text[i+1:]
		all = append(all, reading{"without its prefix", []byte(bare)})
	}
	if b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(bare, "=")); err == nil {
		all = append(all, reading{"decoded from base64", b})
	}
	if b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(bare, "=")); err == nil {
		all = append(all, reading{"decoded from base64url", b})
	}
	if b, err := hex.DecodeString(bare); err == nil {
		all = append(all, reading{"decoded from hex", b})
	}
	return all
}

// visible drops what can't be seen.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}
