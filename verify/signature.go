package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"net/http"
	"strings"
)

const (
	maxSignatures = 16   // that are tried of one request
	maxHeader     = 4096 // bytes of a signature header
)

// A signature is one that was sent, decoded.
type signature struct {
	bytes [maxDecoded]byte
	kind  keyKind
	size  int
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
func (s *Scheme) readSignatures(h http.Header, lines []string, st *state, m *message) signaturesSent {
	st.decoded, st.sent, st.blank, st.other, st.timestamps = 0, 0, 0, 0, 0
	sent := s.readLines(lines, st, m)
	for _, name := range s.extras {
		extra := s.readLines(h[name], st, m)
		if len(h[name]) > 1 {
			extra = signatureMalformed
		}
		if extra != signatureMissing && sent != signatureMalformed {
			sent = extra
		}
	}
	switch {
	case sent != signatureThere:
		return sent
	case st.blank > 0 && st.sent+st.other == 0:
		return signatureMissing
	case st.decoded == 0 || st.sent > maxSignatures:
		return signatureMalformed
	case s.spec.TimestampPrefix != "" && st.timestamps != 1:
		return signatureMalformed
	}
	return signatureThere
}

// readLines reads the lines of one header, whose elements readSignatures judges.
func (s *Scheme) readLines(lines []string, st *state, m *message) signaturesSent {
	size := 0
	for _, line := range lines {
		size += len(line) + 1
	}
	switch {
	case size <= len(lines): // all of them empty
		return signatureMissing
	case size > maxHeader+1:
		return signatureMalformed
	case s.spec.ListPrefix != "":
		rest, ok := strings.CutPrefix(lines[0], s.spec.ListPrefix)
		switch {
		case !ok:
			return signatureMalformed
		case rest == "" && len(lines) == 1:
			return signatureMissing
		}
		s.readList(rest, lines[1:], st, m)
	case s.spec.Separator != "":
		s.readList(lines[0], lines[1:], st, m)
	case len(lines) == 1:
		s.readElement("", lines[0], st)
	}
	return signatureThere
}

// readList reads the elements of a list. Several lines are one list (RFC 9110,
// section 5.3): some gateways cut a header at its commas. They cut "v1,8a5c…",
// too: then a line ends in a prefix without its comma, and the signature begins
// the next. White space around an element is not part of it (section 5.6.1).
func (s *Scheme) readList(line string, lines []string, st *state, m *message) {
	prefix := "" // that the line before ended in
	for i := 0; i <= len(lines); i++ {
		if i > 0 {
			line = lines[i-1]
		}
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
	text, kind, ok := s.kind(prefix, element)
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
	sig.kind = kind
	if sig.size = s.decode(sig, st.scratch[:], text); sig.size > 0 {
		st.decoded++
	}
}

// decode decodes the text of a signature and returns its length, or 0 if it
// isn't one.
func (s *Scheme) decode(sig *signature, scratch []byte, text string) int {
	size := s.macSize
	switch sig.kind {
	case keyECDSA:
		return s.spec.Encoding.decodeDER(&sig.bytes, scratch, text)
	case keyToken:
		digest, ok := s.spec.Token.tokenDigest(text)
		if !ok {
			return 0
		}
		return copy(sig.bytes[:sha256.Size], digest[:])
	case keyEd25519:
		size = ed25519.SignatureSize
	}
	if !s.spec.Encoding.decode(&sig.bytes, size, scratch, text) {
		return 0
	}
	return size
}

// kind tells by its prefix what an element is: the signature's text, and the kind
// of key that it is for. It reports false if no key is for it.
func (s *Scheme) kind(prefix, element string) (text string, kind keyKind, ok bool) {
	if s.has[keyMAC] || s.has[keyToken] {
		if text, ok = cutPrefix(prefix, element, s.spec.Prefix); ok {
			if s.has[keyToken] {
				return text, keyToken, true
			}
			return text, keyMAC, true
		}
	}
	if s.has[keyEd25519] || s.has[keyECDSA] {
		if text, ok = cutPrefix(prefix, element, s.spec.PublicKeyPrefix); ok {
			if s.has[keyECDSA] {
				return text, keyECDSA, true
			}
			return text, keyEd25519, true
		}
	}
	return "", 0, false
}

// cutPrefix is strings.CutPrefix for an element whose prefix may have been cut
// off already.
func cutPrefix(cut, element, want string) (string, bool) {
	if cut != "" {
		return element, cut == want
	}
	return strings.CutPrefix(element, want)
}
