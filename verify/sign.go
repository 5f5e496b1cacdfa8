package verify

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
//
// It fails, too, if the provider signs the method or the URL, or sends the
// signature in the body: use [Scheme.SignRequest].
func (s *Scheme) Sign(h http.Header, env Envelope, body []byte) error {
	if s != nil && (s.spec.Seal != nil || len(s.sets) > 0 && s.sets[0].Signature == "") {
		return fmt.Errorf("verify: %s: sign: the signature is in no header: call SignRequest", s.name)
	}
	_, err := s.SignRequest(&Request{Header: h}, env, body)
	return err
}

// SignRequest implements [RequestSigner]; for the rules see [Scheme.Sign].
func (s *Scheme) SignRequest(r *Request, env Envelope, body []byte) ([]byte, error) {
	i := s.signingKey()
	if i < 0 {
		return nil, s.errNoSecret()
	}
	m := message{set: &s.sets[0], parts: parts{id: env.ID}, typ: env.Type, time: env.Time}
	sealed, err := s.signRequest(i, r, &m, body)
	if err != nil {
		return nil, fmt.Errorf("verify: %s: sign: %w", s.name, err)
	}
	setHeader(r.Header, m.set.Timestamp, m.timestamp)
	setHeader(r.Header, m.set.ID, m.id)
	setHeader(r.Header, m.set.Type, m.typ)
	return sealed, nil
}

// signRequest puts the signature by key i where it belongs.
func (s *Scheme) signRequest(i int, r *Request, m *message, body []byte) ([]byte, error) {
	if err := s.readRequest(*r, m); err != nil {
		return nil, err
	}
	if err := s.prepare(m); err != nil {
		return nil, err
	}
	content := body
	if s.spec.Open != nil {
		c, err := s.spec.Open(*r, body)
		if err != nil {
			return nil, err
		}
		if c.Signed != nil {
			content = c.Signed
		}
	}
	value, err := s.sign(i, m, content)
	if err != nil {
		return nil, err
	}
	if s.spec.TimestampPrefix != "" {
		value = s.spec.TimestampPrefix + m.timestamp + s.spec.Separator + value
	}
	value = s.spec.ListPrefix + value
	switch {
	case s.spec.Seal != nil:
		return s.spec.Seal(body, value, m.timestamp)
	case m.set.Signature == "":
		r.Target = addQuery(r.Target, s.spec.TokenQuery, s.keys[i].text)
	default:
		setHeader(r.Header, m.set.Signature, value)
	}
	return body, nil
}

// addQuery adds a parameter to a target's query.
func addQuery(target, name, value string) string {
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	return target + mark + url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

func (s *Scheme) signingKey() int {
	if s == nil {
		return -1
	}
	for i := range s.keys {
		if k := s.keys[i].kind; k == keyMAC || k == keyToken || s.keys[i].private != nil {
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
		if m.timestamp, err = s.spec.formatTime(m.time); err != nil {
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
	switch private := s.keys[i].private; s.keys[i].kind {
	case keyToken:
		return s.spec.Prefix + s.spec.Token.writeToken(s.keys[i].text), nil
	case keyECDSA:
		signature, err := private.Sign(rand.Reader, s.ecdsaDigest(st, m, body), crypto.SHA256)
		if err != nil {
			return "", err
		}
		return s.spec.PublicKeyPrefix + s.spec.Encoding.encode(signature), nil
	case keyEd25519:
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
