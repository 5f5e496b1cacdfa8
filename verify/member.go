package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

// bodyMembers are the members of a JSON body that hold an id and a type.
type bodyMembers struct {
	names         []string // of the body's own members, each once
	id, typ, time []memberPath
	isArray       bool // some paths are of bodies that are one
}

// A memberPath leads to a member: first one of the body, then on from there.
type memberPath struct {
	top  int  // index in bodyMembers.names; noMember if the body is an array
	each bool // the member is an array, and the path goes on in each element
	rest []string
	and  []memberPath // that the text is made of, too
}

const noMember = -1

func newBodyMembers(id, typ, time []string) bodyMembers {
	var b bodyMembers
	paths := func(texts []string) []memberPath {
		var ps []memberPath
		for _, text := range texts {
			first, more, _ := strings.Cut(text, "+")
			p := b.path(first)
			for more != "" {
				first, more, _ = strings.Cut(more, "+")
				p.and = append(p.and, b.path(first))
			}
			ps = append(ps, p)
		}
		return ps
	}
	b.id, b.typ, b.time = paths(id), paths(typ), paths(time)
	return b
}

// path returns the path to one member, and adds its name to the names.
func (b *bodyMembers) path(text string) memberPath {
	parts := strings.Split(text, ".")
	name, each := strings.CutSuffix(parts[0], "[]")
	top := slices.Index(b.names, name)
	switch {
	case name == "":
		top, b.isArray = noMember, true
	case top < 0:
		top = len(b.names)
		b.names = append(b.names, name)
	}
	return memberPath{top: top, each: each, rest: parts[1:]}
}

// read fills env's ID and Type from the body, if they are there. A body that
// can't be read leaves env as it is: the signature is genuine all the same, and
// the layers that need an id decide what to do.
func (b *bodyMembers) read(env *Envelope, body []byte) {
	var array [8][]byte
	values, ok := b.values(body, array[:0])
	if !ok {
		return
	}
	if b.id != nil {
		env.ID = firstText(b.id, body, values, idOfSeveral)
	}
	if b.typ != nil {
		env.Type = firstText(b.typ, body, values, sameText)
	}
}

// timestamp returns the text of the member with the time; empty if it can't be
// read.
func (b *bodyMembers) timestamp(body []byte) string {
	var array [8][]byte
	values, ok := b.values(body, array[:0])
	if !ok {
		return ""
	}
	return firstText(b.time, body, values, sameText)
}

// values appends the members' values to values, and reports whether the body can
// be read.
func (b *bodyMembers) values(body []byte, values [][]byte) ([][]byte, bool) {
	for range b.names {
		values = append(values, nil)
	}
	if b.isArray && jsonscan.IsArray(body) {
		return values, true
	}
	return values, len(b.names) > 0 && jsonscan.Members(body, b.names, values) == nil
}

// firstText returns the first of the paths' values that is a text or a whole
// number. For a path through an array, it is what join makes of all of them.
func firstText(paths []memberPath, body []byte, values [][]byte, join func([]string) string) string {
	for i := range paths {
		text, found := paths[i].read(body, values, join)
		for j := range paths[i].and {
			more, also := paths[i].and[j].read(body, values, join)
			if found = found && also && text != "" && more != ""; found {
				text += ":" + more
			}
		}
		if found {
			return text
		}
	}
	return ""
}

// read reads the path alone.
func (p *memberPath) read(body []byte, values [][]byte, join func([]string) string) (text string, found bool) {
	raw := body
	if p.top != noMember {
		raw = values[p.top]
	}
	if !p.each {
		return p.text(raw)
	}
	elements, err := jsonscan.Elements(raw, maxElements)
	if err != nil {
		return "", false
	}
	texts := p.texts(elements)
	if len(texts) == 0 {
		return "", false
	}
	return join(texts), true
}

// maxElements is of how many elements of an array the ids are read: more than
// any known provider sends in one request.
const maxElements = 10_000

// texts returns the text in each of the elements, or nothing if one has none: an
// id of the others would not tell the deliveries apart.
func (p *memberPath) texts(elements [][]byte) []string {
	texts := make([]string, 0, len(elements))
	for _, element := range elements {
		text, _ := p.text(element)
		if text == "" {
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

// text follows the rest of the path from raw, and reports whether that led to a
// text or a whole number. Where two parsers could read different values it did,
// to an empty one: the next path would be a guess.
func (p *memberPath) text(raw []byte) (text string, found bool) {
	for i := range p.rest {
		var inner [1][]byte
		if raw == nil {
			return "", false
		}
		if jsonscan.Members(raw, p.rest[i:i+1], inner[:]) != nil {
			return "", true
		}
		raw = inner[0]
	}
	if s, ok := jsonscan.String(raw); ok {
		return s, true
	}
	if isWhole(raw) {
		return string(raw), true
	}
	return "", false
}

// isWhole reports whether a JSON value is a whole number, written without a
// fraction and an exponent: as text it has one spelling then.
func isWhole(raw []byte) bool {
	digits := raw
	if len(raw) > 1 && raw[0] == '-' {
		digits = raw[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(digits) > 0 && len(digits) <= maxNumber
}

const maxNumber = 39 // digits of an id: 128 bits

// idOfSeveral is the id of all; it differs if one does, or their order.
func idOfSeveral(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	w := sha256.New()
	for _, id := range ids {
		var n [8]byte
		w.Write(binary.BigEndian.AppendUint64(n[:0], uint64(len(id))))
		w.Write([]byte(id))
	}
	return "batch:" + hex.EncodeToString(w.Sum(nil))
}

// sameText returns the text that all are, or nothing.
func sameText(texts []string) string {
	for _, text := range texts {
		if text != texts[0] {
			return ""
		}
	}
	return texts[0]
}

// bodyID is the id that [Spec].DigestID makes of a body.
func bodyID(body []byte) string {
	const name = "sha256:"
	sum := sha256.Sum256(body)
	var text [len(name) + 2*sha256.Size]byte
	hex.Encode(text[copy(text[:], name):], sum[:])
	return string(text[:])
}
