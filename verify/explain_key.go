package verify

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// A keyVariant is a way in which the sender may have got its key.
type keyVariant struct {
	key
	finding *Finding // nil for the scheme's own
}

// keyVariants returns the scheme's keys, other readings of their texts, and the
// other secrets. The first has no finding; nor have further keys of the scheme,
// but they count as a variant all the same.
func (s *Scheme) keyVariants(others []string) []keyVariant {
	var variants []keyVariant
	add := func(k key, m Mistake, detail string) {
		for _, v := range variants {
			if bytes.Equal(v.secret, k.secret) && v.public.Equal(k.public) {
				return
			}
		}
		v := keyVariant{key: k}
		if m != 0 {
			v.finding = &Finding{m, detail}
		}
		variants = append(variants, v)
	}
	for _, k := range s.keys {
		add(k, 0, "")
	}
	for _, k := range s.keys {
		for _, r := range readings(k.text) {
			add(key{secret: r.secret}, MistakeSecretForm, r.how)
		}
	}
	for i, text := range others {
		detail := fmt.Sprintf("the options' secret %d", i+1)
		if k, err := s.spec.checkKey(text); err == nil {
			add(k, MistakeSecretOther, detail)
		}
		for _, r := range readings(text) {
			add(key{secret: r.secret}, MistakeSecretOther, detail+", "+r.how)
		}
	}
	return variants
}

// A reading is a key that the text of a secret may stand for.
type reading struct {
	how    string
	secret []byte
}

// readings returns the ways to read a secret's text.
func readings(text string) []reading {
	all := []reading{
		{"as it is written", []byte(text)},
		{"with a newline at its end", []byte(text + "\n")},
		{`with "\r\n" at its end`, []byte(text + "\r\n")},
		{"without the white space around it", []byte(strings.TrimSpace(text))},
		{"without the quotes around it", []byte(strings.Trim(text, `"'`))},
	}
	bare := text
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

// made reports whether the key made the signature, of that format and body. The
// signature's length tells which hash function it is of; if it isn't the
// scheme's, that is a finding.
func (k *keyVariant) made(signature []byte, f *formatVariant, body []byte, schemes crypto.Hash) (*Finding, bool) {
	var scratch [256]byte
	if k.public != nil {
		var text bytes.Buffer
		f.signed.write(&text, scratch[:], f.timestamp, f.id, body)
		return nil, len(signature) == ed25519.SignatureSize && ed25519.Verify(k.public, text.Bytes(), signature)
	}
	hash, finding := schemes, (*Finding)(nil)
	for h := range hashes {
		if h.Size() == len(signature) && h != schemes {
			hash, finding = h, &Finding{MistakeHash, h.String()}
		}
	}
	mac := hmac.New(hashes[hash], k.secret)
	f.signed.write(mac, scratch[:], f.timestamp, f.id, body)
	return finding, hmac.Equal(mac.Sum(nil), signature)
}
