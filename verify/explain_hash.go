package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
)

// How a signature is made of a key and a text.
type construction uint8

const (
	constructHMAC construction = iota
	constructSwapped
	constructKeyFirst
	constructKeyLast
	constructNoKey
)

// minCut is how many bytes a signature that was cut off must have left.
const minCut = 16

// ed25519Cost is what checking an ed25519 signature costs, in bytes hashed.
const ed25519Cost = 32 << 10

// A hasher makes signatures to compare the candidates with.
type hasher struct {
	scheme     crypto.Hash
	candidates []candidate
	hashes     []crypto.Hash // that the candidates may be of; first the scheme's
	public     int           // candidates that may be ed25519 signatures
	text       bytes.Buffer
}

// newHasher tells by the candidates' lengths which hash functions they may be
// of.
func newHasher(scheme crypto.Hash, candidates []candidate) *hasher {
	s := &hasher{scheme: scheme, candidates: candidates, hashes: []crypto.Hash{scheme}}
	for _, c := range candidates {
		if h := s.hashOf(len(c.bytes)); !slices.Contains(s.hashes, h) {
			s.hashes = append(s.hashes, h)
		}
		if len(c.bytes) == ed25519.SignatureSize {
			s.public++
		}
	}
	return s
}

// hashOf returns the hash function whose sums have this length; the scheme's,
// of which it may be a part, if none has.
func (s *hasher) hashOf(size int) crypto.Hash {
	for h := range hashes {
		if h.Size() == size && s.scheme.Size() != size {
			return h
		}
	}
	return s.scheme
}

// cost is what a call of made costs, in bytes hashed.
func (s *hasher) cost(k *keyVariant, body int) int {
	if k.kind == keyECDSA {
		return len(s.candidates)*ed25519Cost + body
	}
	if k.public != nil {
		return s.public * (ed25519Cost + 2*body)
	}
	return len(s.hashes) * (body + 256)
}

// made returns the index of the candidate that the key makes, of this format
// and body, or -1. If its hash function isn't the scheme's, or it was cut off,
// that is a finding.
func (s *hasher) made(k *keyVariant, f *formatVariant, body []byte) (int, *Finding) {
	s.text.Reset()
	var scratch [256]byte
	f.signed.write(&s.text, scratch[:], &f.parts, body)
	if k.kind == keyECDSA {
		digest := sha256.Sum256(s.text.Bytes())
		for i, c := range s.candidates {
			if ecdsa.VerifyASN1(k.ecdsa, digest[:], c.bytes) {
				return i, nil
			}
		}
		return -1, nil
	}
	if k.public != nil {
		for i, c := range s.candidates {
			if len(c.bytes) == ed25519.SignatureSize && ed25519.Verify(k.public, s.text.Bytes(), c.bytes) {
				return i, nil
			}
		}
		return -1, nil
	}
	for _, h := range s.hashes {
		sum := k.construct.sum(hashes[h], k.secret, s.text.Bytes())
		for i, c := range s.candidates {
			if s.hashOf(len(c.bytes)) != h || len(c.bytes) > len(sum) || !hmac.Equal(sum[:len(c.bytes)], c.bytes) {
				continue
			}
			switch {
			case h != s.scheme:
				return i, &Finding{MistakeHash, h.String()}
			case len(c.bytes) < len(sum):
				return i, &Finding{MistakeHeaderFormat, fmt.Sprintf("the signature is cut off after %d of %d bytes", len(c.bytes), len(sum))}
			}
			return i, nil
		}
	}
	return -1, nil
}

func (c construction) sum(newHash func() hash.Hash, secret, text []byte) []byte {
	if c == constructSwapped {
		secret, text = text, secret
	}
	var w hash.Hash
	switch c {
	case constructHMAC, constructSwapped:
		w = hmac.New(newHash, secret)
	default:
		w = newHash()
	}
	if c == constructKeyFirst {
		w.Write(secret)
	}
	w.Write(text)
	if c == constructKeyLast {
		w.Write(secret)
	}
	return w.Sum(nil)
}
