package jsonscan

// IsArray reports whether body's value begins as an array does.
func IsArray(body []byte) bool {
	i := skipSpace(body, 0)
	return i < len(body) && body[i] == '['
}

// Elements reads body as one JSON array and returns its elements, without the
// space around them: parts of body, not copies. It checks the whole of body as
// [Members] does, but looks for no duplicate members. An array of more than
// most elements is [ErrLength], and any other value [ErrNotArray]. The errors are of type *[Error].
func Elements(body []byte, most int) ([][]byte, error) {
	values, at, err := elements(body, most)
	if err != nil {
		return nil, &Error{Offset: at, Err: err}
	}
	return values, nil
}

// elements is Elements with the error in two parts.
func elements(b []byte, most int) (values [][]byte, at int, err error) {
	i := skipSpace(b, 0)
	switch {
	case i == len(b):
		return nil, i, ErrSyntax
	case b[i] != '[':
		return nil, i, ErrNotArray
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		i, err = end(b, i+1)
		return nil, i, err
	}
	for {
		next, err := skipValue(b, i)
		if err != nil {
			return nil, next, err
		}
		if len(values) == most {
			return nil, i, ErrLength
		}
		values = append(values, b[i:next:next])
		i = skipSpace(b, next)
		switch {
		case i == len(b):
			return nil, i, ErrSyntax
		case b[i] == ']':
			i, err = end(b, i+1)
			if err != nil {
				return nil, i, err
			}
			return values, 0, nil
		case b[i] != ',':
			return nil, i, ErrSyntax
		}
		i = skipSpace(b, i+1)
	}
}
