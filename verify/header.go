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

// read reads the headers into m, and the signatures into st. It returns what
// is wrong with them, in the order that Verify documents.
func (s *Scheme) read(h http.Header, st *state, m *message) *Error {
	m.set = s.headerSet(h)
	signature := h[m.set.Signature]
	timestamp := header(h, m.set.Timestamp)
	id := header(h, m.set.ID)
	typ := header(h, m.set.Type)

	switch {
	case isMissing(signature):
		return m.set.noSignature
	case m.set.Timestamp != "" && isMissing(timestamp):
		return m.set.noTimestamp
	case s.signsID && isMissing(id):
		return m.set.noID
	case len(signature) > 1:
		return m.set.badSignature
	case len(timestamp) > 1:
		return m.set.badTimestamp
	case len(id) > 1:
		return m.set.badID
	case len(typ) > 1:
		return m.set.badType
	}
	m.timestamp, m.id, m.typ = first(timestamp), first(id), first(typ)

	if s.signsID && strings.Contains(m.id, s.idStop) {
		return m.set.badID
	}
	if !s.readSignatures(signature[0], st, m) {
		return m.set.badSignature
	}
	return s.readTime(m)
}

// headerSet returns the set whose signature header is there; the first if none
// is.
func (s *Scheme) headerSet(h http.Header) *headerSet {
	for i := range s.sets {
		if _, ok := h[s.sets[i].Signature]; ok {
			return &s.sets[i]
		}
	}
	return &s.sets[0]
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
