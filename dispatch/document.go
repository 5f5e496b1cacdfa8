package dispatch

import (
	"fmt"
	"mime"
	"strings"

	"github.com/hooklatch/hooklatch"
)

// An UnsupportedError says that a body is a form, is multipart, or is compressed
// or encoded in a way that the [Mux] has not been told to read. No handler has
// run. The answer is 415.
type UnsupportedError struct {
	Header string // Content-Type or Content-Encoding
	Value  string // the header's value; the sender's words
	Hint   string // the field of the Mux to set; empty if there is none
}

// Error names the header, its value, cut off at 80 bytes, and what to set.
func (e *UnsupportedError) Error() string {
	s := fmt.Sprintf("dispatch: a body of %s %.80q can't be read", e.Header, e.Value)
	if e.Hint != "" {
		s += ": set " + e.Hint
	}
	return s
}

// A document is the JSON object that a body is or holds, and where the event's
// type and data are in it.
type document struct {
	text       []byte
	typeMember string
	whole      bool // the data is all of it
}

// document finds the JSON object in a delivery's body.
//
// A body that begins with a brace is the object, whatever the headers say: SNS
// sends JSON as text/plain. Nothing else begins so, neither a form nor gzip.
// Headers are rarely signed, and so they never decide between two readings of one
// body.
func (m *Mux) document(d *hooklatch.Delivery) (document, error) {
	doc := document{text: d.Body, typeMember: m.typeMember(), whole: m.WholeBody}
	if beginsObject(d.Body) {
		return doc, nil
	}
	return m.unpack(d, doc)
}

// unpack is document for a body that does not begin with a brace.
func (m *Mux) unpack(d *hooklatch.Delivery, doc document) (document, error) {
	var err error
	if doc.text, err = m.decompress(d.Header["Content-Encoding"], d.Body); err != nil {
		return doc, err
	}
	if beginsObject(doc.text) {
		return doc, nil
	}
	value := d.Header.Get("Content-Type")
	media, charset := mediaType(value)
	isForm := media == "application/x-www-form-urlencoded"
	switch {
	case isForm && (m.FormPayload != "" || m.FormType != ""):
		return m.readForm(doc)
	case isForm:
		return doc, &UnsupportedError{Header: "Content-Type", Value: value, Hint: "Mux.FormPayload or Mux.FormType"}
	case strings.HasPrefix(media, "multipart/"), charset != "" && charset != "utf-8" && charset != "us-ascii":
		return doc, &UnsupportedError{Header: "Content-Type", Value: value}
	}
	return doc, nil // the scan says what is wrong
}

// mediaType returns the media type and the charset of a Content-Type, in lower
// case.
func mediaType(value string) (media, charset string) {
	media, params, err := mime.ParseMediaType(value)
	if err != nil && media == "" {
		media, _, _ = strings.Cut(value, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media, strings.ToLower(params["charset"])
}

// beginsObject tells whether the first byte that is not JSON's white space is an
// opening brace.
func beginsObject(body []byte) bool {
	for _, c := range body {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '{'
		}
	}
	return false
}
