package dispatch

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// A DecodeError says that an event's data is missing or does not fit the type
// that a handler of [JSON] decodes it into. The handler's function has not run.
// The answer is 422.
//
// Its text says where the data does not fit, as far as the decoder tells, and
// holds nothing of the data itself. The text of the error that it wraps may
// quote the data, and should not be logged.
type DecodeError struct {
	Want reflect.Type // what the data was to become
	Err  error        // the decoder's error
}

// Error says what type the data does not fit, and where.
func (e *DecodeError) Error() string {
	s := fmt.Sprintf("dispatch: data does not fit %v", e.Want)
	return s + e.where()
}

// where says where the data does not fit, empty if that is unknown: also if a
// method of the decoder's error panics.
func (e *DecodeError) where() (s string) {
	defer func() {
		if recover() != nil {
			s = ""
		}
	}()
	var mismatch *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.Is(e.Err, errMissing):
		s += ": missing"
	case errors.As(e.Err, &mismatch):
		if path := fieldPath(e.Want, mismatch.Field); path != "" {
			s += ": field " + path
		}
		if kind := jsonKind(mismatch.Value); kind != "" && mismatch.Type != nil {
			s += fmt.Sprintf(": %s into %v", kind, mismatch.Type)
		}
		if mismatch.Offset > 0 {
			s += fmt.Sprintf(" at byte %d", mismatch.Offset)
		}
	case errors.As(e.Err, &syntax):
		s += fmt.Sprintf(": syntax error at byte %d", syntax.Offset)
	}
	return s
}

// Unwrap returns the decoder's error.
func (e *DecodeError) Unwrap() error { return e.Err }

// jsonKind returns the kind of JSON value from encoding/json's description of
// it, which quotes numbers; empty if it is none of encoding/json's own.
func jsonKind(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "array", "bool", "number", "object", "string":
		return kind
	}
	return ""
}

// fieldPath returns the beginning of path that names fields of t. What follows
// may be the keys of a map, and thus data.
func fieldPath(t reflect.Type, path string) string {
	var known []string
	for name := range strings.SplitSeq(path, ".") {
		if t = fieldType(t, name); t == nil {
			break
		}
		known = append(known, name)
	}
	return strings.Join(known, ".")
}

// fieldType returns the type of t's field that has the name in JSON, nil if
// there is none.
func fieldType(t reflect.Type, name string) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if cmp.Or(tag, f.Name) == name {
			return f.Type
		}
	}
	return nil
}
