package verify

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxCandidates is how many signatures Explain compares with.
const maxCandidates = 64

// elements returns the elements of a signature header, of which there may be
// some more than Verify would read.
func (s *Spec) elements(lines []string) []string {
	if s.Separator == "" {
		return lines[:min(len(lines), maxCandidates)]
	}
	text := s.joined(lines)
	text = text[:min(len(text), maxHeader)]
	elements := strings.SplitN(text, s.Separator, maxCandidates)
	for i := range elements {
		elements[i] = strings.Trim(elements[i], " \t")
	}
	return elements
}

// joined puts lines together to the list they are; see Scheme.readList.
func (s *Spec) joined(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		b.WriteString(line)
		if i+1 == len(lines) || b.Len() > maxHeader {
			break
		}
		last := line[strings.LastIndex(line, s.Separator)+1:] // the Separator's other bytes are trimmed
		if s.prefixCutAtComma(strings.Trim(last, s.Separator+" \t")) != "" {
			b.WriteString(",")
		} else {
			b.WriteString(s.Separator)
		}
	}
	return b.String()
}

// isBlank reports whether a signature header is there with nothing but prefixes,
// and perhaps a timestamp, in it.
func (s *Spec) isBlank(lines []string) bool {
	blank := false
	for _, element := range s.elements(lines) {
		switch {
		case element == "":
		case element == s.Prefix, element == s.PublicKeyPrefix:
			blank = true
		case s.TimestampPrefix != "" && strings.HasPrefix(element, s.TimestampPrefix):
		default:
			return false
		}
	}
	return blank
}

// readList says what is wrong with the signature header as a whole, and reads
// the timestamp if it is in it.
func (d *diagnosis) readList() {
	name := d.scheme.sets[0].Signature
	if d.spec.TimestampPrefix != "" {
		n := 0
		for _, element := range d.spec.elements(d.signature) {
			if t, ok := strings.CutPrefix(element, d.spec.TimestampPrefix); ok {
				d.timestamp = t
				n++
			}
		}
		switch {
		case n > 1:
			d.find(MistakeHeaderRepeated, fmt.Sprintf("%q comes %d times in %s", d.spec.TimestampPrefix, n, name))
		case n == 0 && len(d.signature) > 0 && !d.e.Has(MistakeNoSecret):
			d.find(MistakeHeaderMissing, fmt.Sprintf("no timestamp, after %q, in %s", d.spec.TimestampPrefix, name))
		}
	}
	if d.spec != &d.scheme.spec || !errors.Is(d.e.Err, ErrMalformed) {
		return
	}
	size := 0
	for _, line := range d.signature {
		size += len(line) + 1
	}
	if size > maxHeader+1 {
		d.find(MistakeHeaderFormat, fmt.Sprintf("%s has %d bytes, more than %d", name, size-1, maxHeader))
	}
	d.countKinds(name)
}

// countKinds says if a list has too many signatures, or none that a key is for.
func (d *diagnosis) countKinds(name string) {
	own, foreign := 0, 0
	for _, element := range d.spec.elements(d.signature) {
		if _, _, ok := d.scheme.kind("", element); ok && element != "" {
			own++
		} else if hasSome(element, d.spec.Prefix) || hasSome(element, d.spec.PublicKeyPrefix) {
			foreign++
		}
	}
	switch {
	case own > maxSignatures:
		d.find(MistakeHeaderFormat, fmt.Sprintf("%s has more than %d signatures", name, maxSignatures))
	case own > 0 || foreign == 0:
	case d.scheme.has[keyMAC]:
		d.find(MistakeSecretForm, "the signatures are for a public key, and the scheme has only secrets")
	default:
		d.find(MistakeSecretForm, "the signatures are for a secret, and the scheme has only public keys")
	}
}

func hasSome(element, prefix string) bool {
	return prefix != "" && len(element) > len(prefix) && strings.HasPrefix(element, prefix)
}

// readSignatures decodes the signatures: as the scheme would, then in every other
// known way, then those in headers that the scheme doesn't read.
func (d *diagnosis) readSignatures() {
	elements := d.spec.elements(d.signature)
	for _, element := range elements {
		for _, prefix := range [...]string{d.spec.Prefix, d.spec.PublicKeyPrefix} {
			if text, ok := strings.CutPrefix(element, prefix); ok && (prefix != "" || prefix == d.spec.Prefix) {
				d.addCandidate(decodeAs(d.spec.Encoding, text))
			}
		}
	}
	for _, element := range elements {
		for _, part := range fields(element) {
			d.decodeLoosely(part, false)
		}
	}
	if len(d.candidates) == 0 && first(d.signature) != "" && !d.e.Has(MistakeNoSecret) {
		d.find(MistakeHeaderFormat, "the signature is neither hex nor base64 of a known length")
	}
	missing := d.e.Has(MistakeHeaderOther) // then the finding is there already
	for _, name := range d.unread("signature", "hmac", "digest", "sha256") {
		n := len(d.candidates)
		parts := fields(strings.Join(d.header[name], ","))
		for _, part := range parts {
			d.decodeLoosely(part, len(parts) == 1)
		}
		for i := n; i < len(d.candidates) && !missing; i++ {
			c := &d.candidates[i]
			c.findings = append([]Finding{{MistakeHeaderOther, "the signature is in " + name}}, c.findings...)
		}
	}
}

// fields cuts what some senders put into one header.
func fields(text string) []string {
	return strings.FieldsFunc(text[:min(len(text), maxHeader)], func(r rune) bool { return strings.ContainsRune(" \t,;", r) })
}

func (d *diagnosis) addCandidate(b []byte, findings ...Finding) {
	same := func(c candidate) bool { return slices.Equal(c.bytes, b) }
	if b != nil && len(d.candidates) < maxCandidates && !slices.ContainsFunc(d.candidates, same) {
		d.candidates = append(d.candidates, candidate{b, findings})
	}
}

// decodeLoosely decodes a signature in any encoding and after any prefix. It
// may be the whole of its header.
func (d *diagnosis) decodeLoosely(element string, whole bool) {
	text := strings.Trim(element, "\"'<>")
	prefix := ""
	if i := strings.IndexAny(text, "=:"); i > 0 && i <= 16 && strings.Trim(text[i:], "=") != "" {
		prefix, text = text[:i+1], strings.Trim(text[i+1:], `"'`)
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "0x"), "0X")
	for _, w := range writings {
		b := w.decode(text)
		if b == nil {
			continue
		}
		detail := "the signature is in " + w.how
		if w.encoding == d.spec.Encoding && !w.odd {
			switch {
			case prefix != d.spec.Prefix:
				detail = fmt.Sprintf("the signature does not follow the prefix %q", d.spec.Prefix)
			case whole && element == prefix+text: // in a header that the scheme doesn't read
				d.addCandidate(b)
				continue
			default:
				detail = "the signature is not alone in its header"
			}
		}
		d.addCandidate(b, Finding{MistakeHeaderFormat, detail})
	}
}

// writings are the ways to write a signature. An odd one is none that a scheme
// has.
var writings = [...]struct {
	how      string
	encoding Encoding
	odd      bool
	decode   func(text string) []byte
}{
	{"hex", Hex, false, func(text string) []byte { return decodeAs(Hex, text) }},
	{"base64", Base64, false, func(text string) []byte { return decodeAs(Base64, text) }},
	{"base64url", Base64URL, false, func(text string) []byte { return decodeAs(Base64URL, text) }},
	{"base64 without its padding", Base64, true, func(text string) []byte {
		b, err := base64.RawStdEncoding.DecodeString(text)
		return sized(b, err)
	}},
	{"base64 of hex digits", Base64, true, func(text string) []byte {
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			return nil
		}
		return decodeAs(Hex, string(b))
	}},
	{"hex of base64", Hex, true, func(text string) []byte {
		b, err := hex.DecodeString(text)
		if err != nil {
			return nil
		}
		return decodeAs(Base64, string(b))
	}},
}

// decodeAs returns the signature that text is in an encoding, or nil if it can't
// be one.
func decodeAs(e Encoding, text string) []byte {
	if len(text) > 2*maxText {
		return nil
	}
	switch e {
	case Base64:
		return sized(strictBase64.DecodeString(text))
	case Base64URL:
		return sized(base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "=")))
	default:
		return sized(hex.DecodeString(text))
	}
}

// sized returns b if it has a signature's length, whole or cut off.
func sized(b []byte, err error) []byte {
	if err != nil || len(b) < minCut || len(b) > maxSignature {
		return nil
	}
	return b
}
