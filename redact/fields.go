package redact

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// fields masks a struct.
func (w *walk) fields(v reflect.Value, depth int) (any, bool) {
	t := v.Type()
	var out map[string]any
	for i := range t.NumField() {
		masked, changed := w.field(t.Field(i), v.Field(i), depth)
		if changed && out == nil {
			out = make(map[string]any, t.NumField())
			for j := range i {
				keepField(out, t.Field(j), v.Field(j))
			}
		}
		switch {
		case changed:
			putField(out, t.Field(i), masked)
		case out != nil:
			keepField(out, t.Field(i), v.Field(i))
		}
	}
	return out, out != nil
}

func (w *walk) field(f reflect.StructField, v reflect.Value, depth int) (any, bool) {
	if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); w.hidden(f.Name, v) || tag != "" && w.hidden(tag, v) {
		return Mask, true
	}
	if f.Anonymous && !f.IsExported() && v.Kind() == reflect.Pointer && !v.IsNil() { // encoding/json writes what is exported there
		return w.once(v, place{v.Pointer(), 0, v.Type()}, depth, func(v reflect.Value, depth int) (any, bool) {
			return w.content(v.Elem(), depth+1)
		})
	}
	return w.value(v, depth+1)
}

// hidden reports whether v is to be masked for its name.
func (w *walk) hidden(name string, v reflect.Value) bool {
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if v.Kind() == reflect.String && isQuery(name, v.String()) {
		return true
	}
	one, several := w.private(name)
	if !one && !several {
		return false
	}
	return v.IsValid() && hides(v, one)
}

// fieldName returns under which name encoding/json writes a field, if it does.
// A field that it writes as part of the struct around it has no name.
func fieldName(f reflect.StructField) (name string, written bool) {
	tag := f.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	embedded := f.Type
	if embedded.Kind() == reflect.Pointer {
		embedded = embedded.Elem()
	}
	switch {
	case tag == "-":
		return "", false
	case f.Anonymous && name == "" && embedded.Kind() == reflect.Struct:
		return "", true
	case !f.IsExported():
		return "", false
	case name == "":
		name = f.Name
	}
	return name, true
}

// putField adds what a field was masked to.
func putField(out map[string]any, f reflect.StructField, masked any) {
	name, written := fieldName(f)
	if !written {
		return
	}
	if name != "" {
		out[name] = masked
		return
	}
	promoted, ok := masked.(map[string]any)
	if !ok {
		out[f.Name] = masked
	}
	for name, x := range promoted {
		if _, ok := out[name]; !ok {
			out[name] = x
		}
	}
}

// keepField adds a field in which there was nothing to mask.
func keepField(out map[string]any, f reflect.StructField, v reflect.Value) {
	name, written := fieldName(f)
	if !written || omitted(f, v) {
		return
	}
	if name != "" {
		out[name] = original(v)
		return
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return
	}
	promoted := make(map[string]any)
	for i := range v.NumField() {
		keepField(promoted, v.Type().Field(i), v.Field(i))
	}
	putField(out, f, promoted)
}

// omitted reports whether a field is left out: for its tag, or as no handler
// can write it.
func omitted(f reflect.StructField, v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	}
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	for option := range strings.SplitSeq(options, ",") {
		switch {
		case option == "omitzero" && v.IsZero():
			return true
		case option == "omitempty" && v.Kind() != reflect.Struct && (v.IsZero() || hasLen(v) && v.Len() == 0):
			return true
		}
	}
	return false
}

func hasLen(v reflect.Value) bool { return v.Kind() == reflect.Map || v.Kind() == reflect.Slice }

// An entry is one of a map, with its key as text.
type entry struct {
	key, masked string
	value       reflect.Value
	out         any
	changed     bool
}

// entries masks a map.
func (w *walk) entries(v reflect.Value, depth int) (any, bool) {
	var all []entry
	changed := false
	form := v.Type() == reflect.TypeFor[url.Values]()
	for it := v.MapRange(); it.Next(); {
		e := entry{key: keyText(it.Key()), value: it.Value()}
		e.masked = w.text(e.key)
		if w.hidden(e.key, e.value) || form && hides(e.value, true) {
			e.out, e.changed = Mask, true
		} else {
			e.out, e.changed = w.value(e.value, depth+1)
		}
		changed = changed || e.changed || e.masked != e.key
		all = append(all, e)
	}
	if !changed {
		return nil, false
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	out := make(map[string]any, len(all))
	for _, e := range all {
		if !e.changed {
			e.out = original(e.value)
		}
		key := e.masked
		for n := 2; ; n++ { // keys that differ may be masked alike
			if _, taken := out[key]; !taken {
				break
			}
			key = fmt.Sprintf("%s#%d", e.masked, n)
		}
		out[key] = e.out
	}
	return out, true
}

func keyText(k reflect.Value) string {
	if k.Kind() == reflect.String {
		return k.String()
	}
	if k.CanInterface() {
		if t, ok := k.Interface().(encoding.TextMarshaler); ok {
			if b, err := t.MarshalText(); err == nil {
				return string(b)
			}
		}
	}
	return fmt.Sprint(k)
}
