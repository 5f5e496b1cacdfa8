package verify

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// The placeholders of a Spec's Signed.
const (
	bodyMark      = "{body}"
	timestampMark = "{timestamp}"
	idMark        = "{id}"
)

// A piece is literal text or one of the marks.
type piece struct {
	mark    string // empty for literal text
	literal string
}

// A template is a parsed Spec.Signed.
type template []piece

// parseTemplate parses text. Its error joins all that is wrong with it.
func parseTemplate(text string) (template, error) {
	if text == "" {
		text = bodyMark
	}
	var t template
	for rest := text; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i != 0 {
			if i < 0 {
				i = len(rest)
			}
			t = append(t, piece{literal: rest[:i]})
			rest = rest[i:]
			continue
		}
		end := strings.IndexByte(rest, '}') + 1
		switch mark := rest[:end]; mark {
		case bodyMark, timestampMark, idMark:
			if t.index(mark) >= 0 {
				return nil, fmt.Errorf("in Signed: %s comes twice", mark)
			}
			t = append(t, piece{mark: mark})
		default:
			return nil, fmt.Errorf("in Signed: a brace that is part of none of %s, %s and %s", bodyMark, timestampMark, idMark)
		}
		rest = rest[end:]
	}
	return t, t.check()
}

// check refuses templates without a body, and those in which no text separates
// an id from its neighbour.
func (t template) check() error {
	var errs []error
	if t.index(bodyMark) < 0 {
		errs = append(errs, errors.New("in Signed: no "+bodyMark))
	}
	if i := t.index(idMark); i >= 0 && (i > 0 && t[i-1].mark != "" || i+1 < len(t) && t[i+1].mark != "") {
		errs = append(errs, errors.New("in Signed: no text between "+idMark+" and the next placeholder"))
	}
	return errors.Join(errs...)
}

// index returns where the mark is, or -1.
func (t template) index(mark string) int {
	for i, p := range t {
		if p.mark == mark {
			return i
		}
	}
	return -1
}

// idStop returns the text that divides a signed id from the body. If ids could
// contain it, an attacker could cut a genuine signed string elsewhere, and pass
// a part of a body off as a whole one.
func (t template) idStop() string {
	i := t.index(idMark)
	switch {
	case i < 0:
		return ""
	case i < t.index(bodyMark):
		return t[i+1].literal
	default:
		return t[i-1].literal
	}
}

// write writes the signed string of a message to w, a hash or a buffer: their
// Write never fails. The texts go through the scratch buffer, since converting them to []byte for an interface's method
// would allocate. It writes all that is before the body in one piece, since each
// call of a hash costs something.
func (t template) write(w io.Writer, scratch []byte, timestamp, id string, body []byte) {
	n := 0 // of scratch, not yet written
	put := func(s string) {
		for {
			m := copy(scratch[n:], s)
			n += m
			if m == len(s) {
				return
			}
			_, _ = w.Write(scratch[:n])
			s, n = s[m:], 0
		}
	}
	for i := range t {
		switch t[i].mark {
		case bodyMark:
			if n > 0 {
				_, _ = w.Write(scratch[:n])
				n = 0
			}
			_, _ = w.Write(body)
		case timestampMark:
			put(timestamp)
		case idMark:
			put(id)
		default:
			put(t[i].literal)
		}
	}
	if n > 0 {
		_, _ = w.Write(scratch[:n])
	}
}
