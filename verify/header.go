package verify

import (
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

const (
	maxSignatures = 16   // that are tried of one header
	maxHeader     = 4096 // bytes of a signature header
)

// A headerSet is a set of headers that belong together, by canonical name, and
// the errors about them, made once so that refusing a request is cheap.
type headerSet struct {
	Headers

	noSignature, noTimestamp, noID             *Error
	badSignature, badTimestamp, badID, badType *Error
	expired, mismatch                          *Error
}

func newHeaderSet(scheme string, h Headers) headerSet {
	for _, name := range [...]*string{&h.Signature, &h.Timestamp, &h.ID, &h.Type} {
		*name = textproto.CanonicalMIMEHeaderKey(*name)
	}
	timestamp := h.Timestamp
	if timestamp == "" { // then it is in the signature header, if anywhere
		timestamp = h.Signature
	}
	fail := func(header string, why error) *Error { return &Error{Scheme: scheme, Header: header, Err: why} }
	return headerSet{
		Headers:      h,
		noSignature:  fail(h.Signature, ErrMissing),
		noTimestamp:  fail(timestamp, ErrMissing),
		noID:         fail(h.ID, ErrMissing),
		badSignature: fail(h.Signature, ErrMalformed),
		badTimestamp: fail(timestamp, ErrMalformed),
		badID:        fail(h.ID, ErrMalformed),
		badType:      fail(h.Type, ErrMalformed),
		expired:      fail(timestamp, ErrExpired),
		mismatch:     fail(h.Signature, ErrMismatch),
	}
}

// A message is what the headers say. Its texts belong to the headers: it lives
// on the stack, and isn't pooled.
type message struct {
	set       *headerSet
	timestamp string
	id, typ   string
	time      time.Time
}

// readHeader reads the headers into m but for the signatures, which it returns
// as text. It returns what is missing, repeated or can't be an id.
func (s *Scheme) readHeader(h http.Header, m *message) (string, *Error) {
	set, signature := s.headerSet(h)
	m.set = set
	if isMissing(signature) {
		return "", set.noSignature
	}
	timestamp := header(h, set.Timestamp)
	id := header(h, set.ID)
	typ := header(h, set.Type)

	switch {
	case set.Timestamp != "" && isMissing(timestamp):
		return "", set.noTimestamp
	case s.signsID && isMissing(id):
		return "", set.noID
	case len(signature) > 1:
		return "", set.badSignature
	case len(timestamp) > 1:
		return "", set.badTimestamp
	case len(id) > 1:
		return "", set.badID
	case len(typ) > 1:
		return "", set.badType
	}
	m.timestamp, m.id, m.typ = first(timestamp), first(id), first(typ)

	if s.signsID && strings.Contains(m.id, s.idStop) {
		return "", set.badID
	}
	return signature[0], nil
}

// headerSet returns the set whose signature header is there, with its values;
// the first if none is.
func (s *Scheme) headerSet(h http.Header) (*headerSet, []string) {
	for i := range s.sets {
		if signature, ok := h[s.sets[i].Signature]; ok {
			return &s.sets[i], signature
		}
	}
	return &s.sets[0], nil
}

// readTime reads the timestamp and holds it against the clock.
func (s *Scheme) readTime(m *message) *Error {
	if !s.hasTimestamp {
		return nil
	}
	tolerance := s.tolerance()
	var ok bool
	if m.time, ok = parseTimestamp(m.timestamp, s.spec.TimestampUnit); !ok {
		return m.set.badTimestamp
	}
	// Sub saturates: no time is so far off that it would seem near.
	if age := s.now().Sub(m.time); age > tolerance || age < -tolerance {
		return m.set.expired
	}
	return nil
}

// header returns the values of a header by its canonical name; none if the
// scheme has no such header.
func header(h http.Header, name string) []string {
	if name == "" {
		return nil
	}
	return h[name]
}

func isMissing(values []string) bool {
	return len(values) == 0 || len(values) == 1 && values[0] == ""
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
