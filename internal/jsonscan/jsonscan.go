// Package jsonscan finds members of a JSON object without decoding it, and
// refuses every text that two parsers could read differently.
//
// A receiver reads the envelope of a webhook twice: to route it, and when the
// handler decodes it. Both must see the same. The scan therefore accepts only
// what RFC 8259 allows and encoding/json reads in one way. It refuses duplicate
// members (section 4), members that encoding/json would take for another because
// it ignores case, invalid UTF-8 and a byte order mark (section 8.1), and any
// text after the object.
package jsonscan

import (
	"bytes"
	"errors"
	"fmt"
)

// Why a text was refused. The errors of [Members] and [Elements] are *[Error] and wrap one of
// these; test for them with errors.Is.
var (
	// ErrSyntax: the text is not JSON, or holds more than one value.
	ErrSyntax = errors.New("not valid JSON")

	// ErrNotObject: the text's value is not an object.
	ErrNotObject = errors.New("not a JSON object")

	// ErrUTF8: a string holds bytes that are not UTF-8.
	ErrUTF8 = errors.New("invalid UTF-8 in a string")

	// ErrDepth: objects and arrays are nested more than 10,000 deep.
	ErrDepth = errors.New("nested too deep")

	// ErrDuplicate: the object has two members of one name.
	ErrDuplicate = errors.New("duplicate member")

	// ErrCase: a member's name differs from a wanted one in case only.
	ErrCase = errors.New("member name in the wrong case")

	// ErrNotArray: the text's value is not an array.
	ErrNotArray = errors.New("not a JSON array")

	// ErrLength: the array has more elements than are wanted.
	ErrLength = errors.New("too many elements")

	// ErrSurrogate: a member's name holds half of a surrogate pair.
	ErrSurrogate = errors.New("lone surrogate in a member name")
)

// An Error says where a text was refused, and wraps why. It holds no part of the
// text and may be logged.
type Error struct {
	Offset int   // of the byte, or of the member's name, that was refused
	Err    error // ErrSyntax, ErrNotObject, ErrUTF8, ErrDepth, ErrDuplicate, ErrCase, ErrNotArray, ErrLength or ErrSurrogate
}

// Error gives the reason and the offset.
func (e *Error) Error() string {
	return fmt.Sprintf("%v at byte %d", e.Err, e.Offset)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Members reads body as one JSON object and sets values[i] to the bytes of the
// member called names[i], without the space around them, or to nil if the object
// has no such member. The values are parts of body, not copies. The names must
// differ in more than case, and values must be as long as names.
//
// Members checks the whole of body, at every depth, except that it looks for
// duplicate members and for lone surrogates in member names at the top level
// only. Elsewhere it accepts a lone surrogate such as \ud83d, as encoding/json
// does: JavaScript senders make one when they cut a text within an emoji.
//
// Its errors are of type *[Error], and leave all values nil. Members uses stack
// space independent of body. It allocates nothing unless the object has more than
// 32 members, member names with escapes, or values nested more than 64 deep.
func Members(body []byte, names []string, values [][]byte) error {
	clear(values)
	if at, err := members(body, names, values); err != nil {
		clear(values)
		return &Error{Offset: at, Err: err}
	}
	return nil
}

// members is Members with the error in two parts.
func members(b []byte, names []string, values [][]byte) (int, error) {
	i := skipSpace(b, 0)
	if i == len(b) {
		return i, ErrSyntax
	}
	if b[i] != '{' {
		return i, notObject(b[i])
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return end(b, i+1)
	}
	var seen nameSet
	for {
		start := i
		name, next, err := memberName(b, i)
		if err != nil {
			return next, err
		}
		if !seen.add(name) {
			return start, ErrDuplicate
		}
		want, err := find(names, name)
		if err != nil {
			return start, err
		}
		i = skipSpace(b, next)
		if next, err = skipValue(b, i); err != nil {
			return next, err
		}
		if want >= 0 {
			values[want] = b[i:next:next]
		}
		i = skipSpace(b, next)
		if i == len(b) {
			return i, ErrSyntax
		}
		switch b[i] {
		case ',':
			i = skipSpace(b, i+1)
		case '}':
			return end(b, i+1)
		default:
			return i, ErrSyntax
		}
	}
}

// notObject is the error for a text that begins with c.
func notObject(c byte) error {
	if c == '[' || c == '"' || c == '-' || '0' <= c && c <= '9' || c == 't' || c == 'f' || c == 'n' {
		return ErrNotObject
	}
	return ErrSyntax
}

// end checks that only space follows the object.
func end(b []byte, i int) (int, error) {
	if i = skipSpace(b, i); i < len(b) {
		return i, ErrSyntax
	}
	return i, nil
}

// memberName reads the name at b[i] and the colon after it. It returns the
// decoded name, which is a part of b if it has no escapes.
func memberName(b []byte, i int) (name []byte, next int, err error) {
	if i == len(b) || b[i] != '"' {
		return nil, i, ErrSyntax
	}
	next, plain, err := skipString(b, i+1)
	if err != nil {
		return nil, next, err
	}
	name = b[i+1 : next-1]
	if !plain {
		var ok bool
		if name, ok = unescape(name); !ok {
			return nil, i, ErrSurrogate
		}
	}
	if next, err = skipColon(b, next); err != nil {
		return nil, next, err
	}
	return name, next, nil
}

// find returns the index of name among the wanted names, or -1.
func find(names []string, name []byte) (int, error) {
	for i, n := range names {
		if string(name) == n {
			return i, nil
		}
		if bytes.EqualFold(name, []byte(n)) {
			return -1, ErrCase
		}
	}
	return -1, nil
}

// A nameSet holds the names met so far: the first ones in an array, which costs
// no allocation, and all of them in a map once the array is full, which keeps the
// cost linear.
type nameSet struct {
	n     int
	few   [32][]byte
	index map[string]struct{}
}

// add puts name into the set, and returns false if the set had it.
func (s *nameSet) add(name []byte) bool {
	if s.index != nil {
		return s.addIndexed(name)
	}
	for _, have := range s.few[:s.n] {
		if string(have) == string(name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	s.index = make(map[string]struct{}, 4*len(s.few))
	for _, have := range s.few {
		s.index[string(have)] = struct{}{}
	}
	return s.addIndexed(name)
}

func (s *nameSet) addIndexed(name []byte) bool {
	if _, ok := s.index[string(name)]; ok {
		return false
	}
	s.index[string(name)] = struct{}{}
	return true
}
