package jsonscan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

var names = []string{"type", "data"}

// scan runs Members for type and data, and gives absent values as "-".
func scan(body string) ([]string, error) {
	values := [][]byte{[]byte("stale"), []byte("stale")}
	err := jsonscan.Members([]byte(body), names, values)
	var out []string
	for _, v := range values {
		if v == nil {
			out = append(out, "-")
		} else {
			out = append(out, string(v))
		}
	}
	return out, err
}

func nested(open, middle, end string, n int) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(end, n)
}

func TestMembersAccepts(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string
	}{
		{"both", `{"type":"a","data":{"x":1}}`, []string{`"a"`, `{"x":1}`}},
		{"empty object", `{}`, []string{"-", "-"}},
		{"empty object with space", " \t\r\n{ \n} \t", []string{"-", "-"}},
		{"absent", `{"id":"1","data":[]}`, []string{"-", "[]"}},
		{"null", `{"type":null,"data":null}`, []string{"null", "null"}},
		{"space is cut off", "{ \"type\" :\n\"a\" ,\t\"data\" : [ 1 , 2 ] }", []string{`"a"`, "[ 1 , 2 ]"}},
		{"escaped name", `{"\u0074\u0079pe":"a","d\u0061ta":1}`, []string{`"a"`, "1"}},
		{"nested names are not taken", `{"x":{"type":"no","data":0},"type":"a","data":1}`, []string{`"a"`, "1"}},
		{"nested duplicates are the decoder's", `{"data":{"a":1,"a":2}}`, []string{"-", `{"a":1,"a":2}`}},
		{"nested other case", `{"data":{"Type":1}}`, []string{"-", `{"Type":1}`}},
		{"name that begins as a wanted one", `{"typed":1,"typ":2,"datas":3,"":4}`, []string{"-", "-"}},
		{"other names may differ in case", `{"x":1,"X":2}`, []string{"-", "-"}},
		{"numbers", `{"data":[0,-0,12,-1.50,1e3,1E+3,0.1e-0]}`, []string{"-", `[0,-0,12,-1.50,1e3,1E+3,0.1e-0]`}},
		{"literals", `{"type":true,"data":[false,null]}`, []string{"true", "[false,null]"}},
		{"empty containers", `{"type":{},"data":[[],{},[ ],{ }]}`, []string{"{}", "[[],{},[ ],{ }]"}},
		{"escapes", `{"data":"\"\\\/\b\f\n\r\t\u00eF"}`, []string{"-", `"\"\\\/\b\f\n\r\t\u00eF"`}},
		{"UTF-8", `{"data":"é世🎉` + "\x7f" + `"}`, []string{"-", `"é世🎉` + "\x7f" + `"`}},
		{"lone surrogate in a value", `{"type":"a","data":"\ud83d"}`, []string{`"a"`, `"\ud83d"`}},
		{"lone surrogate in a nested name", `{"data":{"\ud83d":1}}`, []string{"-", `{"\ud83d":1}`}},
		{"surrogate pair in a name", `{"\ud83d\ude00":1,"type":2}`, []string{"2", "-"}},
		{"deep arrays", `{"data":` + nested("[", "", "]", 9999) + `}`, []string{"-", nested("[", "", "]", 9999)}},
		{"deep objects", `{"data":` + nested(`{"a":`, "1", "}", 9999) + `}`, []string{"-", nested(`{"a":`, "1", "}", 9999)}},
		{"deep mixture", `{"data":` + nested(`{"a":[[`, "1", "]]}", 100) + `}`, []string{"-", nested(`{"a":[[`, "1", "]]}", 100)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := scan(tt.body)
			if err != nil {
				t.Fatalf("Members: %v", err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("values (-want +got):\n%s", d)
			}
			if !json.Valid([]byte(tt.body)) {
				t.Error("encoding/json refuses this body")
			}
		})
	}
}

func TestMembersRefuses(t *testing.T) {
	tests := []struct {
		body   string
		want   error
		offset int
	}{
		{"", jsonscan.ErrSyntax, 0},
		{" \n", jsonscan.ErrSyntax, 2},
		{"\xef\xbb\xbf{}", jsonscan.ErrSyntax, 0},
		{"\x00{}", jsonscan.ErrSyntax, 0},
		{"\u00a0{}", jsonscan.ErrSyntax, 0},
		{"\v{}", jsonscan.ErrSyntax, 0},
		{"{}\x00", jsonscan.ErrSyntax, 2},
		{"{}{}", jsonscan.ErrSyntax, 2},
		{`{"type":"a"} x`, jsonscan.ErrSyntax, 13},
		{"[]", jsonscan.ErrNotObject, 0},
		{" null", jsonscan.ErrNotObject, 1},
		{`"type"`, jsonscan.ErrNotObject, 0},
		{"-1", jsonscan.ErrNotObject, 0},
		{"true", jsonscan.ErrNotObject, 0},
		{"payload=%7B%7D", jsonscan.ErrSyntax, 0},

		{"{", jsonscan.ErrSyntax, 1},
		{`{"a"`, jsonscan.ErrSyntax, 4},
		{`{"a":`, jsonscan.ErrSyntax, 5},
		{`{"a":1`, jsonscan.ErrSyntax, 6},
		{`{"a":1,`, jsonscan.ErrSyntax, 7},
		{`{"a":1,}`, jsonscan.ErrSyntax, 7},
		{`{,"a":1}`, jsonscan.ErrSyntax, 1},
		{`{"a" 1}`, jsonscan.ErrSyntax, 5},
		{`{"a":1 "b":2}`, jsonscan.ErrSyntax, 7},
		{`{a:1}`, jsonscan.ErrSyntax, 1},
		{`{'a':1}`, jsonscan.ErrSyntax, 1},
		{`{"a":1]`, jsonscan.ErrSyntax, 6},
		{`{"a":}`, jsonscan.ErrSyntax, 5},
		{`{"a":[}`, jsonscan.ErrSyntax, 6},
		{`{"a":[1,]}`, jsonscan.ErrSyntax, 8},
		{`{"a":[1`, jsonscan.ErrSyntax, 7},
		{`{"a":[1}}`, jsonscan.ErrSyntax, 7},
		{`{"a":[1:2]}`, jsonscan.ErrSyntax, 7},
		{`{"a":{"b":1]}`, jsonscan.ErrSyntax, 11},
		{`{"a":{"b"}}`, jsonscan.ErrSyntax, 9},
		{`{"a":{"b":1,}}`, jsonscan.ErrSyntax, 12},
		{`{"a":{"b":1,2}}`, jsonscan.ErrSyntax, 12},
		{`{"a":{]}`, jsonscan.ErrSyntax, 6},
		{`{"a":/**/1}`, jsonscan.ErrSyntax, 5},

		{`{"a":01}`, jsonscan.ErrSyntax, 5},
		{`{"a":-}`, jsonscan.ErrSyntax, 6},
		{`{"a":-`, jsonscan.ErrSyntax, 6},
		{`{"a":+1}`, jsonscan.ErrSyntax, 5},
		{`{"a":1.}`, jsonscan.ErrSyntax, 7},
		{`{"a":.5}`, jsonscan.ErrSyntax, 5},
		{`{"a":1e}`, jsonscan.ErrSyntax, 7},
		{`{"a":1e+}`, jsonscan.ErrSyntax, 8},
		{`{"a":0x1}`, jsonscan.ErrSyntax, 6},
		{`{"a":NaN}`, jsonscan.ErrSyntax, 5},
		{`{"a":tru}`, jsonscan.ErrSyntax, 5},
		{`{"a":nul`, jsonscan.ErrSyntax, 5},
		{`{"a":True}`, jsonscan.ErrSyntax, 5},
		{`{"a":truee}`, jsonscan.ErrSyntax, 9},

		{`{"a":"`, jsonscan.ErrSyntax, 6},
		{`{"a":"\`, jsonscan.ErrSyntax, 6},
		{`{"a":"\x"}`, jsonscan.ErrSyntax, 6},
		{`{"a":"\u12"}`, jsonscan.ErrSyntax, 6},
		{`{"a":"\u12g4"}`, jsonscan.ErrSyntax, 6},
		{`{"a":"\U1234"}`, jsonscan.ErrSyntax, 6},
		{"{\"a\":\"tab\t\"}", jsonscan.ErrSyntax, 9},
		{"{\"a\":\"\x00\"}", jsonscan.ErrSyntax, 6},
		{"{\"a\":\"abcdefgh\x1fijklmnop\"}", jsonscan.ErrSyntax, 14},
		{"{\"a\":\"\xff\"}", jsonscan.ErrUTF8, 6},
		{"{\"a\":\"abc\xc3\"}", jsonscan.ErrUTF8, 9},
		{"{\"a\":\"\xed\xa0\xbd\"}", jsonscan.ErrUTF8, 6}, // a surrogate, encoded
		{"{\"a\":\"\xc0\x80\"}", jsonscan.ErrUTF8, 6},     // an overlong NUL
		{"{\"a\":{\"\xff\":1}}", jsonscan.ErrUTF8, 7},
		{"{\"\x80\":1}", jsonscan.ErrUTF8, 2},

		{`{"data":` + nested("[", "", "]", 10_000) + `}`, jsonscan.ErrDepth, 8 + 9999},
		{`{"data":` + nested(`{"a":`, "1", "}", 10_000) + `}`, jsonscan.ErrDepth, 8 + 5*9999},
		{`{"data":` + strings.Repeat("[", 1<<20), jsonscan.ErrDepth, 8 + 9999},

		{`{"type":1,"type":2}`, jsonscan.ErrDuplicate, 10},
		{`{"type":"a","type":"a"}`, jsonscan.ErrDuplicate, 12},
		{`{"type":1,"\u0074ype":2}`, jsonscan.ErrDuplicate, 10},
		{`{"x":1,"type":1,"x":1}`, jsonscan.ErrDuplicate, 16},
		{`{"":1,"":1}`, jsonscan.ErrDuplicate, 6},
		{`{"\ud83d\ude00":1,"😀":1}`, jsonscan.ErrDuplicate, 18},
		{`{"Type":1}`, jsonscan.ErrCase, 1},
		{`{"type":1,"TYPE":1}`, jsonscan.ErrCase, 10},
		{`{"TYPE":1,"type":1}`, jsonscan.ErrCase, 1},
		{`{"\u0054ype":1}`, jsonscan.ErrCase, 1},
		{`{"type":1,"DATA":1}`, jsonscan.ErrCase, 10},
		{`{"\ud83d":1}`, jsonscan.ErrSurrogate, 1},
		{`{"\ude00\ud83d":1}`, jsonscan.ErrSurrogate, 1},
		{`{"\ud83d\ud83d":1}`, jsonscan.ErrSurrogate, 1},
		{`{"\ud83dx":1}`, jsonscan.ErrSurrogate, 1},
		{`{"\ud83d\n12345":1}`, jsonscan.ErrSurrogate, 1},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.40q", tt.body), func(t *testing.T) {
			got, err := scan(tt.body)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Members = %v, want %v", err, tt.want)
			}
			var e *jsonscan.Error
			if !errors.As(err, &e) || e.Offset != tt.offset {
				t.Errorf("Members = %v, want offset %d", err, tt.offset)
			}
			if d := cmp.Diff([]string{"-", "-"}, got); d != "" {
				t.Errorf("values after an error (-want +got):\n%s", d)
			}
		})
	}
}

// encoding/json takes a name for another that it equals but for case, by
// Unicode's simple folding: the long s is an s, the Kelvin sign is a k.
func TestMembersFoldsAsEncodingJSON(t *testing.T) {
	for _, body := range []string{`{"ſet":1}`, `{"\u017fet":1}`, `{"SET":1}`} {
		err := jsonscan.Members([]byte(body), []string{"set"}, make([][]byte, 1))
		if !errors.Is(err, jsonscan.ErrCase) {
			t.Errorf("Members(%s) = %v, want ErrCase", body, err)
		}
		var v struct {
			Set int `json:"set"`
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil || v.Set != 1 {
			t.Errorf("encoding/json reads %s as %+v, %v: the rule is not needed", body, v, err)
		}
	}
}

func TestMembersManyNames(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33, 34, 100, 1000} {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"m%d":%d`, i, i)
		}
		members := b.String()
		if _, err := scan("{" + members[1:] + "}"); err != nil {
			t.Errorf("%d members: %v", n, err)
		}
		for _, again := range []int{0, n / 2, n - 1} {
			body := fmt.Sprintf(`{%s,"m%d":0}`, members[1:], again)
			if _, err := scan(body); !errors.Is(err, jsonscan.ErrDuplicate) {
				t.Errorf("%d members, m%d again: %v, want ErrDuplicate", n, again, err)
			}
		}
		got, err := scan(fmt.Sprintf(`{%s,"type":"last"}`, members[1:]))
		if d := cmp.Diff([]string{`"last"`, "-"}, got); err != nil || d != "" {
			t.Errorf("%d members and type: %v, (-want +got):\n%s", n, err, d)
		}
	}
}

// The bytes of a value can't be overwritten by appending to another.
func TestMembersValuesAreClipped(t *testing.T) {
	values := make([][]byte, 2)
	if err := jsonscan.Members([]byte(`{"type":1,"data":2}`), names, values); err != nil {
		t.Fatal(err)
	}
	_ = append(values[0], "!!!!!!!!!!"...)
	if string(values[1]) != "2" {
		t.Errorf("data = %s after an append to type", values[1])
	}
}

func TestErrorText(t *testing.T) {
	_, err := scan(`{"secret":"value","secret":1}`)
	if got, want := err.Error(), "duplicate member at byte 18"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestString(t *testing.T) {
	tests := []struct {
		raw, want string
		ok        bool
	}{
		{`""`, "", true},
		{`"link.created"`, "link.created", true},
		{`"link\u002ecreated"`, "link.created", true},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t", true},
		{`"a\u00e9\u4E16\ud83D\uDE00z"`, "aé世😀z", true},
		{`"\ud83d\ude00\ud83d\ude00"`, "😀😀", true},
		{`"\u0000"`, "\x00", true},
		{`"\uFFFD"`, "\uFFFD", true},
		{`"é世😀"`, "é世😀", true},
		{`"\ud83d"`, "", false},
		{`"\ude00"`, "", false},
		{`"\ud83d\ud83d"`, "", false},
		{`"\ud83d\u0041"`, "", false},
		{`"\ud83d\\u0041"`, "", false},
		{`"\ud83d/ude00"`, "", false},
		{`null`, "", false},
		{`1`, "", false},
		{`{}`, "", false},
		{``, "", false},
		{`"`, "", false},
		{`"a`, "", false},
		{`"\"`, "", false},
		{`"a"b"`, "", false},
		{`"a" `, "", false},
		{` "a"`, "", false},
		{`'a'`, "", false},
		{"\"\xff\"", "", false},
		{"\"\n\"", "", false},
	}
	for _, tt := range tests {
		got, ok := jsonscan.String([]byte(tt.raw))
		if got != tt.want || ok != tt.ok {
			t.Errorf("String(%s) = %q, %v, want %q, %v", tt.raw, got, ok, tt.want, tt.ok)
		}
		if !ok {
			continue
		}
		var std string
		if err := json.Unmarshal([]byte(tt.raw), &std); err != nil || std != got {
			t.Errorf("String(%s) = %q, but encoding/json reads %q, %v", tt.raw, got, std, err)
		}
	}
}

// A text of one kind of byte at every position relative to the scanner's
// eight-byte steps.
func TestStringEveryOffset(t *testing.T) {
	for _, special := range []string{`\n`, `\u00e9`, "é", "😀", "\x7f", "\x1f", "\x00", `"`, "\x80", "\xff"} {
		for before := range 20 {
			for after := range 20 {
				raw := `"` + strings.Repeat("x", before) + special + strings.Repeat("x", after) + `"`
				got, ok := jsonscan.String([]byte(raw))
				var std string
				stdOK := json.Unmarshal([]byte(raw), &std) == nil && !strings.ContainsRune(std, '\uFFFD')
				if ok != stdOK || ok && got != std {
					t.Fatalf("String(%q) = %q, %v; encoding/json: %q, %v", raw, got, ok, std, stdOK)
				}
			}
		}
	}
}
