package verify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"hash"
)

// A state is what one call of Verify works with. It is pooled: nothing in it
// may outlive the call.
type state struct {
	macs       []hash.Hash // by key; nil for all but HMACs
	digest     hash.Hash   // what ECDSA signs; nil without such keys
	content    hash.Hash   // for digests of the content; nil where there are none
	scratch    [256]byte
	sum        [maxMAC]byte
	signatures [maxSignatures]signature

	decoded    int // signatures
	sent       int // elements with something after their prefix
	blank      int // elements with nothing after it
	other      int // elements that no key is for
	timestamps int // elements that are a timestamp
}

func (s *Scheme) newState() *state {
	st := &state{macs: make([]hash.Hash, len(s.keys))}
	for i, k := range s.keys {
		if k.kind == keyMAC {
			st.macs[i] = hmac.New(s.newHash, k.secret)
		}
	}
	if s.has[keyECDSA] {
		st.digest = sha256.New()
	}
	if s.digestPrefix != nil && (s.spec.Separator != "" || len(s.extras) > 0 || s.has[keyEd25519] || s.has[keyECDSA]) {
		st.content = sha256.New()
	}
	return st
}

// match returns the index of a key that made one of the signatures for this
// message, or -1. It tries the key that matched last first: while secrets
// change, two cost no more than one.
func (s *Scheme) match(st *state, m *message, body []byte) int {
	last := int(s.last.Load())
	if s.matchKey(last, st, m, body) {
		return last
	}
	for i := range s.keys {
		if i != last && s.matchKey(i, st, m, body) {
			s.last.Store(int32(i))
			return i
		}
	}
	return -1
}

func (s *Scheme) matchKey(i int, st *state, m *message, body []byte) bool {
	var sum []byte
	switch k := &s.keys[i]; k.kind {
	case keyEd25519:
		return s.matchEd25519(k.public, st, m, body)
	case keyECDSA:
		return s.matchECDSA(k.ecdsa, st, m, body)
	case keyToken:
		sum = k.token[:]
	default:
		sum = s.mac(i, st, m, body)
	}
	for j := range st.decoded {
		sig := &st.signatures[j]
		if sig.kind == s.keys[i].kind && subtle.ConstantTimeCompare(sum, sig.bytes[:sig.size]) == 1 {
			return true
		}
	}
	return false
}

// matchECDSA checks signatures of FIPS 186-5 over the SHA-256 of the message.
func (s *Scheme) matchECDSA(public *ecdsa.PublicKey, st *state, m *message, body []byte) bool {
	digest := s.ecdsaDigest(st, m, body)
	for j := range st.decoded {
		sig := &st.signatures[j]
		if sig.kind == keyECDSA && ecdsa.VerifyASN1(public, digest, sig.bytes[:sig.size]) {
			return true
		}
	}
	return false
}

func (s *Scheme) ecdsaDigest(st *state, m *message, body []byte) []byte {
	st.digest.Reset()
	s.signed.write(st.digest, st.scratch[:], &m.parts, body)
	return st.digest.Sum(st.sum[:0])
}

// mac returns the MAC of the message under key i (RFC 2104). It is kept in st.
func (s *Scheme) mac(i int, st *state, m *message, body []byte) []byte {
	w := st.macs[i]
	w.Reset()
	s.signed.write(w, st.scratch[:], &m.parts, body)
	return w.Sum(st.sum[:0])
}

// matchEd25519 checks signatures of RFC 8032, section 5.1.7. It needs the
// message in one piece, and so allocates it.
func (s *Scheme) matchEd25519(public ed25519.PublicKey, st *state, m *message, body []byte) bool {
	var text []byte
	for j := range st.decoded {
		sig := &st.signatures[j]
		if sig.kind != keyEd25519 {
			continue
		}
		if text == nil {
			text = s.text(st, m, body)
		}
		if ed25519.Verify(public, text, sig.bytes[:ed25519.SignatureSize]) {
			return true
		}
	}
	return false
}

// text returns the signed string.
func (s *Scheme) text(st *state, m *message, body []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(body) + len(m.id) + len(m.timestamp) + len(m.base) + len(m.target) + len(s.spec.Signed))
	s.signed.write(&b, st.scratch[:], &m.parts, body)
	return b.Bytes()
}

// contentDigest returns the Envelope's ContentDigest of a message that has just
// matched.
//
// If a request can have only one signature, and that is a MAC, the digest of
// the MAC will do: it is in st.sum. Of several, an attacker could send each
// alone. There, and for ed25519, it is the digest of the content itself.
func (s *Scheme) contentDigest(st *state, m *message, body []byte) [32]byte {
	if st.content == nil {
		n := copy(st.scratch[:], s.digestPrefix)
		n += copy(st.scratch[n:], st.sum[:s.macSize])
		return sha256.Sum256(st.scratch[:n])
	}
	st.content.Reset()
	st.content.Write(s.digestPrefix)
	s.signed.write(st.content, st.scratch[:], &m.parts, body)
	return [32]byte(st.content.Sum(st.sum[:0]))
}
