package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

// FuzzMembers compares the scan with encoding/json. What Members accepts,
// encoding/json must accept and read alike; what Members calls bad syntax,
// encoding/json must refuse too, or genuine deliveries would be lost.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{
		`{"type":"link.created","data":{"link_id":"1","n":[1,-2.5e3,true,null]},"timestamp":1}`,
		`{"type":"a","\u0074ype":"b"}`,
		`{"Type":"a","data":1}`,
		`{"ty\u017fe":"\ud83d\ude00\ud83d"}`,
		"{\"type\":\"\xff\"}",
		` {"data" : [ { } , [ ] , "\\\"" ] , "type" : null } `,
		`{"data":` + nested("[", "", "]", 70) + `}`,
		`{"data":` + nested(`[{"a":`, "0", "}]", 40) + `}`,
		`{"a":1,"b":2,"c":3}{}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		values := make([][]byte, 2)
		err := jsonscan.Members(body, names, values)
		if !bytes.Equal(body, before) {
			t.Fatal("Members changed the body")
		}
		if err != nil {
			checkRefusal(t, body, err)
			return
		}
		checkMembers(t, body, values)
		for i, v := range values {
			if v != nil {
				checkString(t, names[i], v)
			}
		}
	})
}

func checkRefusal(t *testing.T, body []byte, err error) {
	t.Helper()
	var e *jsonscan.Error
	if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(body) {
		t.Fatalf("Members = %#v, want an *Error within the body", err)
	}
	valid := json.Valid(body)
	switch e.Err {
	case jsonscan.ErrSyntax, jsonscan.ErrDepth:
		if valid {
			t.Errorf("%v, but encoding/json accepts the text", err)
		}
	case jsonscan.ErrUTF8:
		if utf8.Valid(body) {
			t.Errorf("%v, but the text is UTF-8", err)
		}
	case jsonscan.ErrNotObject:
		if valid && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
			t.Errorf("%v, but the text is an object", err)
		}
	case jsonscan.ErrDuplicate:
		if seen := topLevel(body); valid && !repeats(seen) {
			t.Errorf("%v, but the names are %q", err, seen)
		}
	case jsonscan.ErrCase:
		for _, n := range topLevel(body) {
			for _, want := range names {
				if n != want && strings.EqualFold(n, want) {
					return
				}
			}
		}
		if valid {
			t.Errorf("%v, but the names are %q", err, topLevel(body))
		}
	}
}

func checkMembers(t *testing.T, body []byte, values [][]byte) {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatalf("accepted, but encoding/json: %v", err)
	}
	if seen := topLevel(body); len(seen) != len(all) {
		t.Errorf("accepted, but the names are %q", seen)
	}
	for i, n := range names {
		if v, ok := all[n]; ok != (values[i] != nil) || !bytes.Equal(v, values[i]) {
			t.Errorf("%s = %q, but encoding/json reads %q into a map", n, values[i], v)
		}
	}
	var s struct {
		Type json.RawMessage `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &s); err != nil {
		t.Fatalf("accepted, but encoding/json: %v", err)
	}
	if d := cmp.Diff([][]byte{s.Type, s.Data}, values); d != "" {
		t.Errorf("encoding/json reads another struct (-struct +Members):\n%s", d)
	}
}

func checkString(t *testing.T, name string, raw []byte) {
	t.Helper()
	if len(bytes.Trim(raw, " \t\r\n")) != len(raw) {
		return // space around the string is for the caller to cut off
	}
	var std *string
	err := json.Unmarshal(raw, &std)
	got, ok := jsonscan.String(raw)
	switch {
	case ok && (err != nil || std == nil || *std != got):
		t.Errorf("%s: String(%q) = %q, but encoding/json: %v, %v", name, raw, got, std, err)
	case !ok && err == nil && std != nil && !strings.ContainsRune(*std, utf8.RuneError):
		t.Errorf("%s: String(%q) refuses what encoding/json reads as %q", name, raw, *std)
	}
}

// topLevel returns the names of the object's members in order, by
// encoding/json's tokens; those before the error if the text is not valid.
func topLevel(body []byte) []string {
	dec := json.NewDecoder(bytes.NewReader(body))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil
	}
	var out []string
	for dec.More() {
		tok, err := dec.Token()
		name, ok := tok.(string)
		if err != nil || !ok {
			break
		}
		out = append(out, name)
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			break
		}
	}
	return out
}

func repeats(names []string) bool {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}

// FuzzString compares String with encoding/json.
func FuzzString(f *testing.F) {
	for _, s := range []string{`"a"`, `"\ud83d\ude00"`, `"\ud83d"`, `null`, "\"\xff\"", `"a" `, `"\u0000\\\"\/"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkString(t, "raw", raw)
		got, ok := jsonscan.String(raw)
		if b, ok2 := jsonscan.Unquote(raw); string(b) != got || ok != ok2 {
			t.Errorf("Unquote(%q) = %q, %v, but String %q, %v", raw, b, ok2, got, ok)
		}
		if ok && !utf8.ValidString(got) {
			t.Errorf("String(%q) = %q, not UTF-8", raw, got)
		}
	})
}
