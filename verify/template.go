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
	methodMark    = "{method}"
	urlMark       = "{url}"
)

// marks are all of them.
var marks = [...]string{bodyMark, timestampMark, idMark, methodMark, urlMark}

// parts are the texts that stand in for the marks, but for the body.
type parts struct {
	timestamp string
	id        string
	method    string
	base      string // of the URL: the configured part
	target    string // of the URL: the request's part
}

// A piece is literal text or one of the marks.
type piece struct {
	mark    string // empty for literal text
	literal string
}

// A template is a parsed Spec.Signed.
type template []piece

// parseTemplate parses text. Its error joins all that is wrong with it. rfc3339
// tells that timestamps have that form.
func parseTemplate(text string, rfc3339 bool) (template, error) {
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
		case bodyMark, timestampMark, idMark, methodMark, urlMark:
			if t.index(mark) >= 0 {
				return nil, fmt.Errorf("in Signed: %s comes twice", mark)
			}
			t = append(t, piece{mark: mark})
		default:
			return nil, fmt.Errorf("in Signed: a brace that is part of none of %s", strings.Join(marks[:], ", "))
		}
		rest = rest[end:]
	}
	return t, t.check(rfc3339)
}

// check refuses templates without a body, and those in which no text separates
// an id from its neighbour. A timestamp of RFC 3339 after it needs none: see
// idStop.
func (t template) check(rfc3339 bool) error {
	var errs []error
	if t.index(bodyMark) < 0 {
		errs = append(errs, errors.New("in Signed: no "+bodyMark))
	}
	if i := t.index(idMark); i >= 0 && (i > 0 && t[i-1].mark != "" || i+1 < len(t) && t[i+1].mark != "" && !(rfc3339 && t[i+1].mark == timestampMark && i < t.index(bodyMark))) {
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
//
// Where a timestamp of RFC 3339 follows at once, it is the colon: the first in
// the rest of the string is then the timestamp's own, fourteenth character, and
// fixes where it begins.
func (t template) idStop() string {
	i := t.index(idMark)
	switch {
	case i < 0:
		return ""
	case i+1 < len(t) && t[i+1].mark == timestampMark:
		return ":"
	case i < t.index(bodyMark):
		return t[i+1].literal
	default:
		return t[i-1].literal
	}
}

// write writes the signed string of a message to w, a hash or a buffer: their
// Write never fails. The texts go through the scratch buffer, since converting
// them to []byte for an interface's method would allocate. It writes all that is before the body in one piece, since each
// call of a hash costs something.
func (t template) write(w io.Writer, scratch []byte, p *parts, body []byte) {
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
			put(p.timestamp)
		case idMark:
			put(p.id)
		case methodMark:
			put(p.method)
		case urlMark:
			put(p.base)
			put(p.target)
		default:
			put(t[i].literal)
		}
	}
	if n > 0 {
		_, _ = w.Write(scratch[:n])
	}
}
