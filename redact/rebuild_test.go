package redact_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/redact"
)

type (
	inner struct{ Kept string }

	// Credential is named as a secret where it is embedded.
	Credential struct{ Kept string }

	failing struct{ N int }

	nested struct {
		Next *nested
		In   struct{ In struct{ In *nested } }
	}
	fields struct {
		Empty    map[string]int `json:"empty,omitempty"`
		Full     []int          `json:"full,omitempty"`
		None     []int          `json:"none,omitempty"`
		Struct   inner          `json:"struct,omitempty"`
		Number   int            `json:"number,omitempty"`
		Zero     time.Time      `json:"zero,omitzero"`
		NotZero  inner          `json:"not_zero,omitzero"`
		Nothing  *inner
		ByTag    string `json:"api_key"`
		Trigger  string // is masked, and so has the struct rebuilt
		Callback func() `json:"callback"`
	}
)

func (f failing) MarshalText() ([]byte, error) { return nil, errors.New("no") }

// A struct that is rebuilt has what encoding/json would write of it: under the
// same names, and without what is left out.
func TestRebuilt(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{
			"omissions",
			fields{Empty: map[string]int{}, Full: []int{1}, None: []int{}, NotZero: inner{"b"}, ByTag: "x", Trigger: email},
			`{"Nothing":null,"Trigger":"[redacted]","api_key":"[redacted]","full":[1],"not_zero":{"Kept":"b"},"struct":{"Kept":""}}`,
		},
		{"a nil that is embedded", struct {
			*inner
			Trigger string
		}{nil, email}, `{"Trigger":"[redacted]"}`},
		{"one that is embedded after what is masked", struct {
			Trigger string
			*inner
		}{email, &inner{"a"}}, `{"Kept":"a","Trigger":"[redacted]"}`},
		{"embedded, and named as a secret", struct {
			Credential
			N int
		}{Credential{"a"}, 1}, `{"Credential":"[redacted]","N":1}`},
		{"a key that has no text", map[failing]string{{1}: email}, `{"{1}":"[redacted]"}`},
	} {
		got, _ := record(t, nil, func(l *slog.Logger) { l.Info("m", "k", tt.value) })
		if diff := cmp.Diff(`{"k":`+tt.want+`}`, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// What is nested deeply is masked from the same level on, however it is nested.
func TestRebuiltDepth(t *testing.T) {
	const most = 32
	var list, wide *nested
	tree := any(map[string]any{})
	for range 100 {
		list = &nested{Next: list}
		next := &nested{}
		next.In.In.In = wide
		wide = next
		tree = map[string]any{"m": tree}
	}
	for name, tt := range map[string]struct {
		value any
		part  string
		each  int // levels that one such part takes
	}{
		"pointers":          {list, `"Next"`, 2},
		"structs":           {wide, `"In":{"In":{"In":`, 4},
		"maps":              {tree, `"m"`, 1},
		"pointers, by path": {[]any{list}, `"Next"`, 2},
	} {
		got, _ := record(t, nil, func(l *slog.Logger) { l.Info("m", "k", tt.value) })
		n := strings.Count(got, tt.part)
		if least, limit := most/tt.each-1, most/tt.each+1; n < least || n > limit || !strings.Contains(got, redact.Mask) {
			t.Errorf("%s: %d levels, want %d to %d: %.200s", name, n, least, limit, got)
		}
	}
}
