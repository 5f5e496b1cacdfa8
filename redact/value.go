package redact

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

const (
	maxDepth  = 32
	maxValues = 10_000
)

// A walk looks into one value of an attribute. Its methods return what takes
// the place of a value, and whether that is needed.
type walk struct {
	*masker
	within map[place]bool // what is being looked into: to end at a cycle
	values int
}

// A place is what a pointer, a map or a slice refers to.
type place struct {
	at  uintptr
	len int
	typ reflect.Type
}

// maskedError is an error in whose text something was masked. It is a string
// of its kind, for encoding/json.
type maskedError string

func (e maskedError) Error() string { return string(e) }

func (m *masker) any(x any) (any, bool) {
	w := walk{masker: m}
	return w.value(reflect.ValueOf(x), 0)
}

func (w *walk) value(v reflect.Value, depth int) (any, bool) {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() || isNil(v) {
		return nil, false
	}
	if w.values++; depth > maxDepth || w.values > maxValues {
		return Mask, true
	}
	if !v.CanInterface() { // unexported: no method can be called, by fmt neither
		if isAddress(v.Type()) {
			return Mask, true
		}
		return w.content(v, depth)
	}
	if out, changed, known := w.known(v.Interface()); known {
		return out, changed
	}
	x := v.Interface()
	if v.CanAddr() {
		x = v.Addr().Interface() // as encoding/json does
	}
	out, changed, settled := w.form(x, depth == 0)
	if changed || settled {
		return out, changed
	}
	content, changed := w.content(v, depth)
	if out != nil {
		return out, changed
	}
	return content, changed
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	}
	return false
}

// form masks the form that x gives itself, nil if it has none. It is settled
// if no handler writes x in any other form.
func (w *walk) form(x any, top bool) (out any, changed, settled bool) {
	defer func() {
		if recover() != nil {
			out, changed, settled = Mask, true, true
		}
	}()
	take := func(text string) (string, bool) {
		masked := w.text(text)
		return masked, masked != text
	}
	prefer := func(form any, differs bool) {
		if out == nil {
			out = form
		}
		changed = changed || differs
	}
	err, isError := x.(error)
	inJSON, printed := false, isError
	if isError {
		text, differs := take(err.Error())
		prefer(maskedError(text), differs)
	}
	if j, ok := x.(json.Marshaler); ok {
		inJSON = true
		if b, err := j.MarshalJSON(); err == nil {
			form, differs := w.json(b)
			prefer(form, differs)
		} else {
			prefer(take(err.Error())) // which a handler writes instead
		}
	}
	if t, ok := x.(encoding.TextMarshaler); ok {
		inJSON = true
		if b, err := t.MarshalText(); err == nil {
			prefer(take(string(b)))
		} else {
			prefer(take(err.Error()))
		}
	}
	if f, ok := x.(fmt.Formatter); ok {
		printed = true
		prefer(take(fmt.Sprintf("%+v", f)))
	}
	if s, ok := x.(fmt.Stringer); ok {
		printed = true
		prefer(take(s.String()))
	}
	return out, changed, inJSON && printed || isError && top
}

// content masks what v holds.
func (w *walk) content(v reflect.Value, depth int) (any, bool) {
	switch v.Kind() {
	case reflect.String:
		s := w.text(v.String())
		return s, s != v.String()
	case reflect.Struct:
		return w.fields(v, depth)
	case reflect.Array:
		return w.elements(v, depth)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return w.bytes(v.Bytes())
		}
		return w.once(v, place{v.Pointer(), v.Len(), v.Type()}, depth, w.elements)
	case reflect.Map:
		return w.once(v, place{v.Pointer(), 0, v.Type()}, depth, w.entries)
	case reflect.Pointer:
		if !v.CanInterface() { // fmt prints where it points to
			return nil, false
		}
		return w.once(v, place{v.Pointer(), 0, v.Type()}, depth, func(v reflect.Value, depth int) (any, bool) {
			return w.value(v.Elem(), depth+1)
		})
	}
	return nil, false
}

// bytes masks a text.
func (w *walk) bytes(b []byte) (any, bool) {
	s := w.text(string(b))
	return []byte(s), s != string(b)
}

// once looks into what is at a place, unless it is doing so.
func (w *walk) once(v reflect.Value, at place, depth int, look func(reflect.Value, int) (any, bool)) (any, bool) {
	if w.within[at] {
		return Mask, true
	}
	if w.within == nil {
		w.within = make(map[place]bool)
	}
	w.within[at] = true
	defer delete(w.within, at)
	return look(v, depth)
}

func (w *walk) elements(v reflect.Value, depth int) (any, bool) {
	if isPlain(v.Type().Elem()) {
		return nil, false
	}
	var out []any
	for i := range v.Len() {
		masked, changed := w.value(v.Index(i), depth+1)
		if i > 0 && w.isFlag(v.Index(i-1)) && hides(v.Index(i), true) {
			masked, changed = Mask, true
		}
		if changed && out == nil {
			out = make([]any, i, v.Len())
			for j := range i {
				out[j] = original(v.Index(j))
			}
		}
		switch {
		case changed:
			out = append(out, masked)
		case out != nil:
			out = append(out, original(v.Index(i)))
		}
	}
	return out, out != nil
}

// isFlag reports whether v is the flag of a command for a secret, such as
// --token.
func (w *walk) isFlag(v reflect.Value) bool {
	flag := stringOf(v)
	if !strings.HasPrefix(flag, "-") {
		return false
	}
	one, _ := w.secret(flag)
	return one
}

func stringOf(v reflect.Value) string {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() != reflect.String {
		return ""
	}
	return v.String()
}

// isPlain reports whether values of type t are numbers or booleans and nothing
// else.
func isPlain(t reflect.Type) bool {
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128 && reflect.PointerTo(t).NumMethod() == 0
}

// original returns a value in which there was nothing to mask, for use in one
// that is rebuilt. What is unexported is only there where all around it is, and
// that is left out.
func original(v reflect.Value) any {
	if !v.CanInterface() {
		return nil
	}
	return v.Interface()
}

// hides reports whether v, which is named as a secret, can be one.
func hides(v reflect.Value, numbers bool) bool {
	if !v.IsValid() || v.IsZero() {
		return false
	}
	switch k := v.Kind(); {
	case k == reflect.Map, k == reflect.Slice:
		return v.Len() > 0
	case k == reflect.Bool:
		return false
	case k > reflect.Bool && k <= reflect.Complex128:
		return numbers
	}
	return true
}
