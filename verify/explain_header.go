package verify

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// readHeaders finds the headers' texts in any spelling, and says what is wrong
// with them.
func (d *diagnosis) readHeaders() {
	set := d.chooseHeaders()
	d.signature = d.lines(set.Signature)
	d.timestamp = first(d.lines(set.Timestamp))
	d.id = first(d.lines(set.ID))
	if names := d.unread("timestamp"); set.Timestamp == "" && len(names) > 0 {
		d.timestamp = first(d.header[names[0]]) // the scheme signs none, but the sender may
	}
	typ := first(d.lines(set.Type))

	var refused *Error
	missing := errors.As(d.e.Err, &refused) && errors.Is(refused, ErrMissing)
	switch {
	case missing && look(d.header, refused.Header) == "":
		d.find(MistakeHeaderMissing, refused.Header)
	case d.spec.isBlank(d.signature):
		d.find(MistakeNoSecret, refusedHeader(refused, set)+" has no signature in it")
	}
	d.readList()
	if !d.scheme.signsID && strings.Contains(d.id, ",") {
		d.find(MistakeHeaderRepeated, set.ID+", in one line")
	}
	if strings.Contains(typ, ",") {
		d.find(MistakeHeaderRepeated, set.Type+", in one line")
	}
	if d.scheme.signsID && strings.Contains(d.id, d.scheme.idStop) {
		d.find(MistakeHeaderFormat, fmt.Sprintf("the id contains %q, which divides it from the next part of the signed string", d.scheme.idStop))
	}
}

func refusedHeader(refused *Error, set Headers) string {
	if refused != nil && refused.Header != "" {
		return refused.Header
	}
	return set.Signature
}

// chooseHeaders returns the scheme's set that is there; failing that, another
// provider's.
func (d *diagnosis) chooseHeaders() Headers {
	d.spec = &d.scheme.spec
	set, _ := d.scheme.headerSet(d.header)
	for i := range d.scheme.sets {
		if look(d.header, set.Signature) == "" {
			set = &d.scheme.sets[i]
		}
	}
	if look(d.header, set.Signature) != "" {
		return set.Headers
	}
	if look(d.header, set.ID)+look(d.header, set.Type) != "" {
		return d.otherHeaders(d.scheme.sets[0].Headers) // its own provider's, in all but the signature
	}
	for i := range d.providers {
		if d.providers[i].Token != 0 {
			continue // its header is one that many requests have
		}
		for _, headers := range d.providers[i].headerSets() {
			if headers = headers.canonical(); headers.Signature != "" && len(d.header[headers.Signature]) > 0 {
				d.spec = &d.providers[i]
				d.find(MistakeProvider, d.spec.displayName())
				return headers
			}
		}
	}
	return d.otherHeaders(d.scheme.sets[0].Headers)
}

// otherHeaders names headers that look as if they were what the scheme misses,
// and puts a timestamp's in the place of a missing one.
func (d *diagnosis) otherHeaders(set Headers) Headers {
	for _, name := range d.unread("timestamp") {
		if set.Timestamp != "" && look(d.header, set.Timestamp) == "" {
			d.find(MistakeHeaderOther, fmt.Sprintf("%s is there, and not %s", name, set.Timestamp))
			set.Timestamp = name
		}
	}
	for _, name := range d.unread("signature", "hmac") {
		d.find(MistakeHeaderOther, fmt.Sprintf("%s is there, and not %s", name, set.Signature))
	}
	return set
}

// maxUnread is how many headers that the scheme doesn't read are looked at.
const maxUnread = 4

// unread returns the names of headers that the scheme doesn't read, and that
// have one of the words in their names.
func (d *diagnosis) unread(words ...string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(d.header)) {
		lower := strings.ToLower(name)
		about := slices.ContainsFunc(words, func(word string) bool { return strings.Contains(lower, word) })
		if about && len(names) < maxUnread && len(name) <= maxName && isHeaderName(name) &&
			first(d.header[name]) != "" && !d.scheme.reads(name) {
			names = append(names, name)
		}
	}
	return names
}

// reads reports whether the scheme reads a header, in any spelling.
func (s *Scheme) reads(name string) bool {
	for _, set := range s.sets {
		for _, own := range [...]string{set.Signature, set.Timestamp, set.ID, set.Type} {
			if own != "" && sameHeader(name, own) {
				return true
			}
		}
	}
	return false
}

// look returns the key under which the header is in h, in any spelling.
func look(h http.Header, name string) string {
	if name == "" || len(h[name]) > 0 {
		return name
	}
	found := ""
	for k, values := range h {
		if len(values) > 0 && sameHeader(k, name) && (found == "" || k < found) {
			found = k
		}
	}
	return found
}

// sameHeader reports whether key is the canonical name in some other spelling:
// that of HTTP/2, or a variable's of CGI (RFC 3875, section 4.1.18).
func sameHeader(key, name string) bool {
	key = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(key, "_", "-"))
	return strings.EqualFold(key, name) || strings.EqualFold(strings.TrimPrefix(key, "Http-"), name)
}

// lines returns a header's lines.
func (d *diagnosis) lines(name string) []string {
	k := look(d.header, name)
	if k == "" {
		return nil
	}
	if k != name {
		d.find(MistakeHeaderName, name)
	}
	lines := d.header[k]
	if len(lines) > 1 && (d.spec.Separator == "" || name != d.spec.signatureHeader(name)) {
		d.find(MistakeHeaderRepeated, name)
	}
	return lines
}

// signatureHeader returns name if it is that of a signature header, or nothing.
func (s *Spec) signatureHeader(name string) string {
	for _, h := range s.headerSets() {
		if textproto.CanonicalMIMEHeaderKey(h.Signature) == name {
			return name
		}
	}
	return ""
}
