package dispatch

import (
	"cmp"
	"errors"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

var (
	errMissing   = errors.New("missing")
	errNotString = errors.New("not a string")
	errEmpty     = errors.New("empty")
)

// An EnvelopeError says that a body is not the envelope that the [Mux] expects:
// not one JSON object, ambiguous, or without a type. No handler has run. The
// answer is 400.
//
// Its text, and that of the error it wraps, holds nothing of the body.
type EnvelopeError struct {
	Member string // the member at fault; empty if it is the body as a whole
	Err    error  // why
}

// Error names the member and the reason.
func (e *EnvelopeError) Error() string {
	s := "dispatch: not the JSON envelope: "
	if e.Member != "" {
		s += "member " + e.Member + ": "
	}
	return s + e.Err.Error()
}

// Unwrap returns the reason.
func (e *EnvelopeError) Unwrap() error { return e.Err }

// open finds the type of d and sets it if need be, the route for it, nil if
// there is none, and the event's data if the route wants it.
func (m *Mux) open(d *hooklatch.Delivery) (rt *route, data []byte, err error) {
	if d.Type != "" {
		if rt = m.match(d.Type); m.wantsData(rt) {
			data, err = m.data(d)
		}
		return rt, data, err
	}
	doc, err := m.document(d)
	if err != nil {
		return nil, nil, err
	}
	var values [2][]byte
	if err := m.scan(doc, values[:]); err != nil {
		return nil, nil, err
	}
	typ, data := values[0], values[1]
	if doc.whole {
		data = doc.text
	}
	name, ok := jsonscan.Unquote(typ)
	switch {
	case typ == nil:
		err = errMissing
	case !ok:
		err = errNotString
	case len(name) == 0:
		err = errEmpty
	}
	if err != nil {
		return nil, nil, &EnvelopeError{Member: doc.typeMember, Err: err}
	}
	d.TypeMember = doc.typeMember
	if rt := m.exact[string(name)]; rt != nil {
		d.Type = rt.pattern // has the same bytes, and is there already
		return rt, data, nil
	}
	d.Type = string(name)
	return m.match(d.Type), data, nil
}

// data finds the event's data in the body; nil if it is missing.
func (m *Mux) data(d *hooklatch.Delivery) ([]byte, error) {
	doc, err := m.document(d)
	if err != nil {
		return nil, err
	}
	if doc.whole {
		return doc.text, nil
	}
	var values [2][]byte
	err = m.scan(doc, values[:])
	return values[1], err
}

// scan finds the values of the type and data members.
func (m *Mux) scan(doc document, values [][]byte) error {
	names := [...]string{doc.typeMember, m.dataMember()}
	n := len(names)
	if doc.whole {
		n = 1
	}
	if err := jsonscan.Members(doc.text, names[:n], values[:n]); err != nil {
		return &EnvelopeError{Err: err}
	}
	return nil
}

func (m *Mux) typeMember() string { return cmp.Or(m.TypeMember, "type") }
func (m *Mux) dataMember() string { return cmp.Or(m.DataMember, "data") }

// wantsData reports whether one of the handlers that will run decodes the data
// itself.
func (m *Mux) wantsData(rt *route) bool {
	if rt == nil {
		_, ok := m.Fallback.(dataHandler)
		return ok
	}
	return rt.wantsData
}
