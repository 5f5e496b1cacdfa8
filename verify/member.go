package verify

import (
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

// bodyMembers are the members of a JSON body that hold an id and a type.
type bodyMembers struct {
	names   []string // of the body's own members, each once
	id, typ []memberPath
}

// A memberPath leads to a member: first one of the body, then on from there.
type memberPath struct {
	top  int // index in bodyMembers.names
	rest []string
}

func newBodyMembers(id, typ []string) bodyMembers {
	var b bodyMembers
	paths := func(texts []string) []memberPath {
		var ps []memberPath
		for _, text := range texts {
			parts := strings.Split(text, ".")
			top := slices.Index(b.names, parts[0])
			if top < 0 {
				top = len(b.names)
				b.names = append(b.names, parts[0])
			}
			ps = append(ps, memberPath{top: top, rest: parts[1:]})
		}
		return ps
	}
	b.id, b.typ = paths(id), paths(typ)
	return b
}

// read fills env's ID and Type from the body, if they are there. A body that
// can't be read leaves env as it is: the signature is genuine all the same, and
// the layers that need an id decide what to do.
func (b *bodyMembers) read(env *Envelope, body []byte) {
	if len(b.names) == 0 {
		return
	}
	var array [8][]byte
	values := array[:0]
	for range b.names {
		values = append(values, nil)
	}
	if jsonscan.Members(body, b.names, values) != nil {
		return
	}
	if b.id != nil {
		env.ID = firstString(b.id, values)
	}
	if b.typ != nil {
		env.Type = firstString(b.typ, values)
	}
}

// firstString returns the first of the paths' values that is a string.
func firstString(paths []memberPath, values [][]byte) string {
	for _, p := range paths {
		raw := values[p.top]
		for i := range p.rest {
			var inner [1][]byte
			if raw == nil {
				break
			}
			if jsonscan.Members(raw, p.rest[i:i+1], inner[:]) != nil {
				return "" // ambiguous: the next path would be a guess
			}
			raw = inner[0]
		}
		if s, ok := jsonscan.String(raw); ok {
			return s
		}
	}
	return ""
}
