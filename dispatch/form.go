package dispatch

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxFields is how many fields a form may have.
const maxFields = 1000

var (
	errForm     = errors.New("a malformed form")
	errFields   = errors.New("a form of too many fields")
	errRepeated = errors.New("field sent more than once")
)

// readForm finds the JSON object that a form holds, or makes one of its fields.
func (m *Mux) readForm(doc document) (document, error) {
	fields, name, err := parseForm(string(doc.text))
	if err != nil {
		return doc, &EnvelopeError{Member: m.known(name), Err: err}
	}
	if m.FormPayload != "" {
		if payload, ok := fields[m.FormPayload]; ok {
			doc.text = []byte(payload)
			return doc, nil
		}
	}
	if m.FormType == "" {
		return doc, &EnvelopeError{Member: m.FormPayload, Err: errMissing}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return doc, &EnvelopeError{Err: errForm}
	}
	return document{text: text, typeMember: m.FormType, whole: true}, nil
}

// known returns the name of a field if it is one of the program's, and not the
// sender's words.
func (m *Mux) known(name string) string {
	if name == m.FormPayload || name == m.FormType {
		return name
	}
	return ""
}

// parseForm reads application/x-www-form-urlencoded text (the URL standard, section
// 5.1), but only where all parsers read the same: it refuses a field that comes
// twice, a semicolon, which some take for a separator, and what is not UTF-8. On
// an error it returns the name of the field at fault, as far as it has one.
func parseForm(text string) (fields map[string]string, name string, err error) {
	if strings.Contains(text, ";") {
		return nil, "", errForm
	}
	fields = make(map[string]string)
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err != nil {
			return nil, "", errForm
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, name, errForm
		}
		switch _, twice := fields[name]; {
		case twice:
			return nil, name, errRepeated
		case !utf8.ValidString(name) || !utf8.ValidString(value):
			return nil, name, errForm
		case len(fields) == maxFields:
			return nil, "", errFields
		}
		fields[name] = value
	}
	return fields, "", nil
}
