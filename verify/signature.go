package verify

import (
	"crypto/ed25519"
	"strings"
)

// A signature is one that was sent, decoded.
type signature struct {
	bytes   [maxDecoded]byte
	ed25519 bool
}

// readSignatures reads the signature header's text into st and, if it is there,
// the timestamp into m. It reports whether it could: there must be at least one
// signature and at most maxSignatures of a kind that the keys can check, each
// of them decodable.
func (s *Scheme) readSignatures(text string, st *state, m *message) bool {
	st.n = 0
	if len(text) > maxHeader {
		return false
	}
	if s.spec.Separator == "" {
		return s.readElement(text, st) && st.n == 1
	}
	timestamps := 0
	for more := true; more; {
		var element string
		element, text, more = strings.Cut(text, s.spec.Separator)
		if t, ok := strings.CutPrefix(element, s.spec.TimestampPrefix); ok && s.spec.TimestampPrefix != "" {
			m.timestamp = t
			timestamps++
			continue
		}
		if !s.readElement(element, st) {
			return false
		}
	}
	if s.spec.TimestampPrefix != "" && timestamps != 1 {
		return false
	}
	return st.n > 0
}

// readElement reads one signature into st, or passes over one of another
// version. It reports false if it can't be decoded or is one too many.
func (s *Scheme) readElement(element string, st *state) bool {
	encoding, size, isEd25519 := s.spec.Encoding, s.macSize, false
	text, ok := strings.CutPrefix(element, s.spec.Prefix)
	ok = ok && s.hasHMAC
	if s.hasEd25519 && !ok {
		size, isEd25519 = ed25519.SignatureSize, true
		text, ok = strings.CutPrefix(element, s.spec.PublicKeyPrefix)
	}
	if !ok || element == "" {
		return true
	}
	if st.n == maxSignatures {
		return false
	}
	sig := &st.signatures[st.n]
	st.n++
	sig.ed25519 = isEd25519
	return encoding.decode(&sig.bytes, size, st.scratch[:], text)
}
