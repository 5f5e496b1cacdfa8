package verify

import (
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// A headerSet is a set of headers that belong together, by canonical name. It
// holds the errors about them, made once, so that refusing a request allocates
// nothing.
type headerSet struct {
	Headers

	noSignature, noTimestamp, noID             *Error
	badSignature, badTimestamp, badID, badType *Error
	expired, mismatch, badBodyTime             *Error
}

func newHeaderSet(scheme string, h Headers) headerSet {
	h = h.canonical()
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
		badBodyTime:  fail("", ErrMalformed),
	}
}

// canonical returns the names as they are in an http.Header.
func (h Headers) canonical() Headers {
	return Headers{
		Signature: textproto.CanonicalMIMEHeaderKey(h.Signature),
		Timestamp: textproto.CanonicalMIMEHeaderKey(h.Timestamp),
		ID:        textproto.CanonicalMIMEHeaderKey(h.ID),
		Type:      textproto.CanonicalMIMEHeaderKey(h.Type),
	}
}

// A message is what the headers say. Its texts belong to the headers: it lives
// on the stack and isn't pooled.
type message struct {
	parts
	set       *headerSet
	typ       string
	time      time.Time
	signature string // that is in no header
}

// read reads the signatures into st and the other headers into m. It returns
// the first fault, in the order that [Scheme.Verify] documents.
func (s *Scheme) read(h http.Header, st *state, m *message) *Error {
	set, lines := s.headerSet(h)
	m.set = set
	timestamp := header(h, set.Timestamp)
	id := header(h, set.ID)
	typ := header(h, set.Type)
	if m.signature != "" && (set.Signature == "" || isMissing(lines)) {
		lines = []string{m.signature}
	}
	sent := s.readSignatures(h, lines, st, m)

	switch {
	case sent == signatureMissing:
		return set.noSignature
	case set.Timestamp != "" && isMissing(timestamp), s.opensTime && m.timestamp == "":
		return set.noTimestamp
	case s.signsID && isMissing(id):
		return set.noID
	case len(lines) > 1 && s.spec.Separator == "":
		return set.badSignature
	case len(timestamp) > 1:
		return set.badTimestamp
	case len(id) > 1 || !s.signsID && isList(id):
		return set.badID
	case len(typ) > 1 || isList(typ):
		return set.badType
	}
	if set.Timestamp != "" {
		m.timestamp = timestamp[0]
	}
	if set.ID != "" {
		m.id = first(id)
	}
	if set.Type != "" {
		m.typ = first(typ)
	}

	switch {
	case s.signsID && strings.Contains(m.id, s.idStop):
		return set.badID
	case sent == signatureMalformed:
		return set.badSignature
	}
	return s.readTime(m)
}

// headerSet returns the set whose signature header is there, with its lines;
// the first if none is.
func (s *Scheme) headerSet(h http.Header) (*headerSet, []string) {
	for i := range s.sets {
		if lines, ok := h[s.sets[i].Signature]; ok && s.sets[i].Signature != "" {
			return &s.sets[i], lines
		}
	}
	return &s.sets[0], nil
}

// readTime reads the timestamp and compares it with the clock.
func (s *Scheme) readTime(m *message) *Error {
	if !s.hasTimestamp {
		return nil
	}
	var ok bool
	if m.time, ok = s.spec.parseTime(m.timestamp); !ok {
		return m.set.badTimestamp
	}
	return s.checkTime(m)
}

// checkTime compares the time with the clock.
func (s *Scheme) checkTime(m *message) *Error {
	tolerance := s.tolerance()
	// Sub saturates: no time is so far off that it would seem near.
	if age := s.now().Sub(m.time); age > tolerance || age < -tolerance {
		return m.set.expired
	}
	return nil
}

// readTimeMember reads the time in the body of a message that has matched.
func (s *Scheme) readTimeMember(m *message, body []byte) *Error {
	if s.spec.TimestampMember == "" {
		return nil
	}
	var ok bool
	if m.time, ok = s.spec.parseTime(s.members.timestamp(body)); !ok {
		return m.set.badBodyTime
	}
	return s.checkTime(m)
}

// header returns the lines of a header by its canonical name; none if the
// scheme has no such header.
func header(h http.Header, name string) []string {
	if name == "" {
		return nil
	}
	return h[name]
}

func isMissing(lines []string) bool {
	return len(lines) == 0 || len(lines) == 1 && lines[0] == ""
}

// isList reports whether a header's only line may be several, combined: an
// intermediary joins lines of one name with a comma (RFC 9110, section 5.3), and
// then "push, push" is what came as two lines.
func isList(lines []string) bool {
	return len(lines) == 1 && strings.IndexByte(lines[0], ',') >= 0
}

func first(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}
