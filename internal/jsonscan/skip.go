package jsonscan

// maxDepth is encoding/json's limit on nested objects and arrays.
const maxDepth = 10_000

// A nesting is a stack of bits, one for each open container: is it an object?
// The last 64 are at hand; deeper texts spill to the heap.
type nesting struct {
	depth int
	bits  uint64
	spill []uint64
}

func (n *nesting) push(object uint64) {
	if n.depth > 0 && n.depth%64 == 0 {
		n.spill = append(n.spill, n.bits)
	}
	n.bits = n.bits<<1 | object
	n.depth++
}

func (n *nesting) pop() {
	n.depth--
	n.bits >>= 1
	if n.depth > 0 && n.depth%64 == 0 {
		last := len(n.spill) - 1
		n.bits, n.spill = n.spill[last], n.spill[:last]
	}
}

func (n *nesting) inObject() bool { return n.bits&1 != 0 }

// skipValue reads the value at b[i], a member of the top-level object, and
// returns the offset after it; on an error, the offset that is wrong.
func skipValue(b []byte, i int) (int, error) {
	var open nesting
	for {
		depth := open.depth
		var err error
		if i == len(b) {
			return i, ErrSyntax
		}
		switch b[i] {
		case '"':
			i, _, err = skipString(b, i+1)
		case '{', '[':
			i, err = skipOpening(b, i, &open)
		default:
			i, err = skipScalar(b, i)
		}
		if err != nil {
			return i, err
		}
		if open.depth > depth {
			continue
		}
		if i, err = skipAfter(b, i, &open); err != nil || open.depth == 0 {
			return i, err
		}
	}
}

// skipOpening reads an empty container whole, and any other one up to its first
// value.
func skipOpening(b []byte, i int, open *nesting) (int, error) {
	if open.depth == maxDepth-1 { // the top-level object counts too
		return i, ErrDepth
	}
	c := b[i]
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == c+2 { // in ASCII, '}' is '{'+2 and ']' is '['+2
		return i + 1, nil
	}
	if c == '[' {
		open.push(0)
		return i, nil
	}
	open.push(1)
	return skipName(b, i)
}

// skipAfter reads what follows a value: the closing brackets, and, if a container
// is still open, all up to its next value.
func skipAfter(b []byte, i int, open *nesting) (int, error) {
	for open.depth > 0 {
		i = skipSpace(b, i)
		if i == len(b) {
			return i, ErrSyntax
		}
		object := open.inObject()
		switch c := b[i]; {
		case c == ',' && object:
			return skipName(b, skipSpace(b, i+1))
		case c == ',':
			return skipSpace(b, i+1), nil
		case c == '}' && object, c == ']' && !object:
			open.pop()
			i++
		default:
			return i, ErrSyntax
		}
	}
	return i, nil
}

// skipName reads the name at b[i] and its colon, and returns the offset of the
// member's value.
func skipName(b []byte, i int) (int, error) {
	if i == len(b) || b[i] != '"' {
		return i, ErrSyntax
	}
	i, _, err := skipString(b, i+1)
	if err != nil {
		return i, err
	}
	if i, err = skipColon(b, i); err != nil {
		return i, err
	}
	return skipSpace(b, i), nil
}

func skipColon(b []byte, i int) (int, error) {
	i = skipSpace(b, i)
	if i == len(b) || b[i] != ':' {
		return i, ErrSyntax
	}
	return i + 1, nil
}

// skipScalar reads a number, true, false or null.
func skipScalar(b []byte, i int) (int, error) {
	switch b[i] {
	case 't':
		return skipLiteral(b, i, "true")
	case 'f':
		return skipLiteral(b, i, "false")
	case 'n':
		return skipLiteral(b, i, "null")
	}
	return skipNumber(b, i)
}

func skipLiteral(b []byte, i int, want string) (int, error) {
	if len(b)-i < len(want) || string(b[i:i+len(want)]) != want {
		return i, ErrSyntax
	}
	return i + len(want), nil
}

// skipNumber reads: -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?
func skipNumber(b []byte, i int) (int, error) {
	if b[i] == '-' {
		i++
	}
	digits := skipDigits(b, i)
	if digits == i || digits > i+1 && b[i] == '0' {
		return i, ErrSyntax
	}
	i = digits
	if i < len(b) && b[i] == '.' {
		if digits = skipDigits(b, i+1); digits == i+1 {
			return digits, ErrSyntax
		}
		i = digits
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if digits = skipDigits(b, i); digits == i {
			return i, ErrSyntax
		}
		i = digits
	}
	return i, nil
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	const space = 1<<' ' | 1<<'\n' | 1<<'\t' | 1<<'\r'
	for i < len(b) && b[i] <= ' ' && space>>b[i]&1 != 0 {
		i++
	}
	return i
}
