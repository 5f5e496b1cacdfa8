package verify

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func decodeJSON(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&value)
	return value, err
}

// FuzzReprints: JSON and forms that are printed anew say what they said before.
func FuzzReprints(f *testing.F) {
	for _, body := range []string{
		`{"a":"\u00e9\ud83d\ude00<>&'/\\\"\u2028","n":1e+5,"l":[1, 2 ],"o":{}}`, `"\ud800"`, `[[],{}," : , "]`, "\"\u2028\\u2028\"",
		"a=b+c&d=%C3%A9&d=~*'()!&e", "payload=%7B%7D", "b=1&a=%zz", "\xff=1", "a=\x00", "=", "",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var l variantList
		if isForm(body) {
			l.addForms(body)
			want, err := url.ParseQuery(string(body))
			for _, v := range l.all {
				got, gotErr := url.ParseQuery(string(v.bytes))
				if err != nil || gotErr != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%s: %q became %q", v.finding, body, v.bytes)
				}
			}
			return
		}
		if !json.Valid(body) || depth(body) > maxDepth || !utf8.Valid(body) {
			return
		}
		want, err := decodeJSON(body)
		if err != nil {
			return
		}
		l.addReprints(body)
		for _, v := range l.all {
			if got, err := decodeJSON(v.bytes); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %q became %q: %v", v.finding, body, v.bytes, err)
			}
		}
	})
}

// FuzzQuote: a quoted text is the text.
func FuzzQuote(f *testing.F) {
	f.Add("a\"\\\b\f\n\r\t\x00\x1f\u2028é😀/<")
	f.Fuzz(func(t *testing.T, text string) {
		var back string
		if err := json.Unmarshal(quote(text), &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") && utf8.ValidString(text) {
			t.Fatalf("%q became %q, and that %q: %v", text, quote(text), back, err)
		}
	})
}

// FuzzSingleBytes: text that can be converted to single bytes comes back.
func FuzzSingleBytes(f *testing.F) {
	f.Add("café")
	f.Add("it’s 5 €")
	f.Add("\x80\x9f")
	f.Fuzz(func(t *testing.T, text string) {
		for name, high := range map[string][32]rune{"Latin-1": latin1, "Windows-1252": windows1252} {
			if b := toSingleBytes([]byte(text), high); b != nil && string(fromSingleBytes(b, high)) != text {
				t.Fatalf("%s: %q became %q", name, text, b)
			}
			if b := fromSingleBytes([]byte(text), high); string(toSingleBytes(b, high)) != text && !isASCII(text) {
				t.Fatalf("%s: %q became %q", name, text, b)
			}
		}
	})
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// indentedSize never promises less than json.Indent writes.
func TestIndentedSize(t *testing.T) {
	for _, text := range []string{`{}`, `[]`, `{"a":[1,2,{"b":[]}]," , : [":"\"[,"}`, `1`, `[[[[1,2],3],4],5]`} {
		for _, indent := range []string{"\t", "    "} {
			var b bytes.Buffer
			if err := json.Indent(&b, []byte(text), "", indent); err != nil {
				t.Fatal(err)
			}
			if size := indentedSize([]byte(text), len(indent)); size < b.Len() || size > 2*b.Len()+16 {
				t.Errorf("%s: size %d, and Indent writes %d", text, size, b.Len())
			}
		}
	}
}

// Lines that a gateway cut are put together as Verify reads them.
func TestJoined(t *testing.T) {
	spec := Spec{Separator: " ", Prefix: "v1,", PublicKeyPrefix: "v1a,"}
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{"v1,a"}, "v1,a"},
		{[]string{"v1,a", "v1,b"}, "v1,a v1,b"},
		{[]string{"v1", "a v1", "b v1a", "c"}, "v1,a v1,b v1a,c"},
		{[]string{"v2", "a"}, "v2 a"},
		{[]string{"v1", ""}, "v1,"},
	} {
		if got := spec.joined(c.lines); got != c.want {
			t.Errorf("%q: %q, want %q", c.lines, got, c.want)
		}
	}
}
