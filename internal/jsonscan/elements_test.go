package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

func TestElements(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                         "",
		` [ ] `:                      "",
		`[1]`:                        "1",
		` [ 1 , "a]" , {"b":[2]} ] `: `1|"a]"|{"b":[2]}`,
		`[[],[[]]]`:                  "[]|[[]]",
	} {
		got, err := jsonscan.Elements([]byte(text), 3)
		if err != nil || string(bytes.Join(got, []byte("|"))) != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]error{
		``:            jsonscan.ErrSyntax,
		`[`:           jsonscan.ErrSyntax,
		`[1`:          jsonscan.ErrSyntax,
		`[1,`:         jsonscan.ErrSyntax,
		`[1,]`:        jsonscan.ErrSyntax,
		`[1 2]`:       jsonscan.ErrSyntax,
		`[1]]`:        jsonscan.ErrSyntax,
		`[1] 2`:       jsonscan.ErrSyntax,
		`[],`:         jsonscan.ErrSyntax,
		`[,1]`:        jsonscan.ErrSyntax,
		`{}`:          jsonscan.ErrNotArray,
		`"[]"`:        jsonscan.ErrNotArray,
		`[1,2,3,4]`:   jsonscan.ErrLength,
		"[\"\xff\"]":  jsonscan.ErrUTF8,
		`["\ud83d"]x`: jsonscan.ErrSyntax,
	} {
		if _, err := jsonscan.Elements([]byte(text), 3); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	if !jsonscan.IsArray([]byte(" \n[")) || jsonscan.IsArray([]byte("{[")) || jsonscan.IsArray(nil) {
		t.Error("IsArray")
	}
}

// FuzzElements compares the scan with encoding/json.
func FuzzElements(f *testing.F) {
	for _, s := range []string{`[]`, ` [1,"a",{"b":[null,-2.5e3]}] `, `[1,]`, `[[[]]]`, `[1]x`, "[\"\xff\"]", `{"a":1}`, `["\ud83d"]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := jsonscan.Elements(body, 1000)
		var want []json.RawMessage
		standard := json.Unmarshal(body, &want)
		if err == nil {
			if standard != nil || len(got) != len(want) {
				t.Fatalf("%q: %d elements; encoding/json: %d, %v", body, len(got), len(want), standard)
			}
			for i := range got {
				if !bytes.Equal(got[i], want[i]) {
					t.Fatalf("element %d: %q, want %q", i, got[i], want[i])
				}
			}
			return
		}
		if errors.Is(err, jsonscan.ErrSyntax) && standard == nil && want != nil && json.Valid(body) {
			t.Fatalf("%q: %v, but encoding/json reads it", body, err)
		}
	})
}

func TestElementsAreBounded(t *testing.T) {
	body := []byte("[" + strings.Repeat("1,", 9999) + "1]")
	if _, err := jsonscan.Elements(body, 10_000); err != nil {
		t.Error(err)
	}
	if _, err := jsonscan.Elements(body, 9_999); !errors.Is(err, jsonscan.ErrLength) {
		t.Errorf("%v, want ErrLength", err)
	}
}
