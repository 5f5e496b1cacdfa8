package verify

import (
	"crypto/ed25519"
	"strings"
)

const (
	maxSignatures = 16   // that are tried of one request
	maxHeader     = 4096 // bytes of a signature header
)

// A signature is one that was sent, decoded.
type signature struct {
	bytes   [maxDecoded]byte
	ed25519 bool
}

// What came in a signature header.
type signaturesSent uint8

const (
	signatureMissing   signaturesSent = iota // no header, or one with nothing in it
	signatureMalformed                       // none that can be read, or too many
	signatureThere
)

// readSignatures decodes the signatures in the lines of a signature header into
// st, and reads the timestamp into m if it is among them.
//
// It passes over an element that can't be decoded, but counts it towards
// maxSignatures. Standard Webhooks, section "Webhook headers": "consumers can try
// to verify each signature until one matches". A prefix with nothing after it is
// what a sender without a secret sends.
func (s *Scheme) readSignatures(lines []string, st *state, m *message) signaturesSent {
	st.decoded, st.sent, st.blank, st.other, st.timestamps = 0, 0, 0, 0, 0
	size := 0
	for _, line := range lines {
		size += len(line) + 1
	}
	switch {
	case size <= len(lines): // all of them empty
		return signatureMissing
	case size > maxHeader+1:
		return signatureMalformed
	case s.spec.Separator != "":
		s.readList(lines, st, m)
	case len(lines) == 1:
		s.readElement("", lines[0], st)
	}
	switch {
	case st.blank > 0 && st.sent+st.other == 0:
		return signatureMissing
	case st.decoded == 0 || st.sent > maxSignatures:
		return signatureMalformed
	case s.spec.TimestampPrefix != "" && st.timestamps != 1:
		return signatureMalformed
	}
	return signatureThere
}

// readList reads the elements of a list. Several lines are one list (RFC 9110,
// section 5.3): some gateways cut a header at its commas. They cut "v1,8a5c…",
// too: then a line ends in a prefix without its comma, and the signature begins
// the next. White space around an element is not part of it (section 5.6.1).
func (s *Scheme) readList(lines []string, st *state, m *message) {
	prefix := "" // that the line before ended in
	for _, line := range lines {
		for more := true; more; {
			var element string
			element, line, more = strings.Cut(line, s.spec.Separator)
			element = strings.Trim(element, " \t")
			if !more && prefix == "" {
				if prefix = s.spec.prefixCutAtComma(element); prefix != "" {
					break
				}
			}
			if t, ok := strings.CutPrefix(element, s.spec.TimestampPrefix); ok && s.spec.TimestampPrefix != "" {
				m.timestamp = t
				st.timestamps++
				continue
			}
			s.readElement(prefix, element, st)
			prefix = ""
		}
	}
}

// prefixCutAtComma returns the prefix that the element is, but for the comma at
// its end, or nothing.
func (s *Spec) prefixCutAtComma(element string) string {
	for _, prefix := range [...]string{s.Prefix, s.PublicKeyPrefix} {
		if start, ok := strings.CutSuffix(prefix, ","); ok && element == start {
			return prefix
		}
	}
	return ""
}

// readElement decodes one signature into st, or passes over one that no key is
// for. The prefix is that of the element, if it was cut off; else the element
// begins with its own.
func (s *Scheme) readElement(prefix, element string, st *state) {
	text, size, isEd25519, ok := s.kind(prefix, element)
	switch {
	case element == "" && prefix == "":
		return
	case !ok:
		st.other++
		return
	case text == "":
		st.blank++
		return
	}
	if st.sent++; st.sent > maxSignatures {
		return
	}
	sig := &st.signatures[st.decoded]
	sig.ed25519 = isEd25519
	if s.spec.Encoding.decode(&sig.bytes, size, st.scratch[:], text) {
		st.decoded++
	}
}

// kind tells by its prefix what an element is: the signature's text, how many
// bytes it should have, and whether it is ed25519. It reports false if no key
// is for it.
func (s *Scheme) kind(prefix, element string) (text string, size int, isEd25519, ok bool) {
	if s.hasHMAC {
		if text, ok = cutPrefix(prefix, element, s.spec.Prefix); ok {
			return text, s.macSize, false, true
		}
	}
	if s.hasEd25519 {
		if text, ok = cutPrefix(prefix, element, s.spec.PublicKeyPrefix); ok {
			return text, ed25519.SignatureSize, true, true
		}
	}
	return "", 0, false, false
}

// cutPrefix is strings.CutPrefix for an element whose prefix may have been cut
// off already.
func cutPrefix(cut, element, want string) (string, bool) {
	if cut != "" {
		return element, cut == want
	}
	return strings.CutPrefix(element, want)
}
