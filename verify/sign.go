package verify

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Signer signs requests as a provider does: for tests, and for programs that
// send webhooks.
//
// Sign sets the headers of a request with this body: the signature and, if the
// provider sends such headers, env's ID, Type and Time. A zero Time means now.
// Sign ignores env's other fields. h must not be nil. Sign replaces the headers
// that are already there, and removes those for which env has no value.
type Signer interface {
	Sign(h http.Header, env Envelope, body []byte) error
}

// Sign implements [Signer] with the first of the secrets that can sign: any
// but a public key. If the provider names the id or the type in the body, put
// them there: Sign doesn't use env's.
//
// Sign fails if no secret can sign (the error wraps [ErrNoSecret]), if the id is
// part of what is signed and env has none, if an id or type can't be sent in a
// header or Verify would refuse it, if the Time is before 1970 or after 9999,
// and if a private key outside of this process fails.
func (s *Scheme) Sign(h http.Header, env Envelope, body []byte) error {
	i := s.signingKey()
	if i < 0 {
		return s.errNoSecret()
	}
	set := &s.sets[0]
	m := message{set: set, id: env.ID, typ: env.Type, time: env.Time}
	if err := s.prepare(&m); err != nil {
		return fmt.Errorf("verify: %s: sign: %w", s.name, err)
	}
	value, err := s.sign(i, &m, body)
	if err != nil {
		return fmt.Errorf("verify: %s: sign: %w", s.name, err)
	}
	if s.spec.TimestampPrefix != "" {
		value = s.spec.TimestampPrefix + m.timestamp + s.spec.Separator + value
	}
	setHeader(h, set.Signature, value)
	setHeader(h, set.Timestamp, m.timestamp)
	setHeader(h, set.ID, m.id)
	setHeader(h, set.Type, m.typ)
	return nil
}

func (s *Scheme) signingKey() int {
	if s == nil {
		return -1
	}
	for i := range s.keys {
		if s.keys[i].public == nil || s.keys[i].private != nil {
			return i
		}
	}
	return -1
}

// prepare completes a message that is to be signed, and checks it.
func (s *Scheme) prepare(m *message) error {
	if s.hasTimestamp {
		if m.time.IsZero() {
			m.time = s.now()
		}
		var err error
		if m.timestamp, err = formatTimestamp(m.time, s.spec.TimestampUnit); err != nil {
			return err
		}
	}
	return s.checkSent(m)
}

// checkSent refuses ids and types that wouldn't arrive as they are, or that
// Verify would refuse.
func (s *Scheme) checkSent(m *message) error {
	p := problems{}
	p.require(!s.signsID || m.id != "", "ID: this provider signs it, and there is none")
	p.require(!s.signsID || !strings.Contains(m.id, s.idStop), "ID: it contains %q, which divides it from the body", s.idStop)
	p.require(m.set.ID == "" || isHeaderValue(m.id), "ID: it can't be sent in a header")
	p.require(m.set.ID == "" || s.signsID || !strings.Contains(m.id, ","), "ID: with a comma in it, it looks like several")
	p.require(m.set.Type == "" || isHeaderValue(m.typ), "Type: it can't be sent in a header")
	p.require(m.set.Type == "" || !strings.Contains(m.typ, ","), "Type: with a comma in it, it looks like several")
	return errors.Join(p...)
}

// sign returns the signature by key i as it stands in the header.
func (s *Scheme) sign(i int, m *message, body []byte) (string, error) {
	st := s.pool.Get().(*state)
	defer s.pool.Put(st)
	if private := s.keys[i].private; private != nil {
		// A key that hashes nothing signs the message itself: RFC 8032.
		signature, err := private.Sign(rand.Reader, s.text(st, m, body), crypto.Hash(0))
		if err != nil {
			return "", err
		}
		return s.spec.PublicKeyPrefix + s.spec.Encoding.encode(signature), nil
	}
	return s.spec.Prefix + s.spec.Encoding.encode(s.mac(i, st, m, body)), nil
}

// setHeader sets a header to its only value, or removes it if that is empty.
func setHeader(h http.Header, name, value string) {
	switch {
	case name == "":
	case value == "":
		delete(h, name)
	default:
		h[name] = []string{value}
	}
}

// isHeaderValue reports whether s reaches the other end as it is: printable
// ASCII, without the white space around it that recipients trim (RFC 9110,
// section 5.5).
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}
