package redact_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/redact"
)

// What is personal by its name is masked whatever its value looks like, as an
// attribute, a field, a member or an entry; and not if the program says so.
func TestPersonalNames(t *testing.T) {
	type contact struct {
		ID    int
		Name  string
		Phone string `json:"tel"`
		Mail  string `json:"mail,omitempty"`
	}
	log := func(l *slog.Logger) {
		l.Info("m",
			"email", "ada at example", "PhoneNumber", 4711, "name", "Ada", "first_name", "Ada", "hostname", "web-1", "file_name", "a.txt",
			"of", contact{7, "Ada", "4711", "ada at example"},
			"in", map[string]any{"surname": "Lovelace", "emails": []string{"x"}, "mailbox": "inbox"},
			"raw", `{"billing":{"lastName":"Lovelace"}}`,
		)
	}
	const m = redact.Mask
	want := fmt.Sprintf(`{"email":"%[1]s","PhoneNumber":"%[1]s","name":"%[1]s","first_name":"%[1]s","hostname":"web-1","file_name":"a.txt",`+
		`"of":{"ID":7,"Name":"%[1]s","mail":"%[1]s","tel":"%[1]s"},`+
		`"in":{"emails":"%[1]s","mailbox":"inbox","surname":"%[1]s"},`+
		`"raw":"{\"billing\":{\"lastName\":\"%[1]s\"}}"}`, m)
	if got, _ := record(t, nil, log); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got, _ := record(t, &redact.Options{Open: []string{"name", "Phone-Number"}}, log)
	for _, visible := range []string{`"PhoneNumber":4711`, `"name":"Ada"`, `"Name":"Ada"`, `"first_name":"Ada"`, `Lovelace`} {
		if !strings.Contains(got, visible) {
			t.Errorf("no %s in %s", visible, got)
		}
	}
	for _, hidden := range []string{"ada at example", `"tel":"4711"`} {
		if strings.Contains(got, hidden) {
			t.Errorf("%s in %s", hidden, got)
		}
	}
}

// Secrets that are given are masked wherever they stand, in every form.
func TestLiterals(t *testing.T) {
	const secret = `p"a/ss wörd`
	o := &redact.Options{Literals: []string{"", secret, "hunter2!", "hunter2!!"}}
	type config struct{ S string }
	asJSON, asText := record(t, o, func(l *slog.Logger) {
		l.Info("with hunter2!!x", "a", secret, "b", []string{"x" + secret}, "c", config{secret}, "d", fmt.Errorf("no %s", secret),
			"e", "https://x.example/p%22a%2Fss+w%C3%B6rd", "f", "/p%22a%2Fss%20w%C3%B6rd/", "g", fmt.Sprintf("%q", secret),
			"h", fmt.Sprintf("%+q", secret), "i", `{"v":"p\"a/ss wörd"}`, "j", map[string]int{secret: 1})
	})
	for _, out := range []string{asJSON, asText} {
		for _, part := range []string{"ss w", "ss+w", "ss%20w", "hunter2", "!"} {
			if strings.Contains(out, part) {
				t.Errorf("%s in %s", part, out)
			}
		}
	}
	if n := strings.Count(asJSON, redact.Mask); n < 10 {
		t.Errorf("%d masks in %s", n, asJSON)
	}
}

func TestOptionsPanic(t *testing.T) {
	for _, o := range []redact.Options{{Names: []string{"-"}}, {Open: []string{""}}, {Literals: []string{"short"}}} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "redact: NewHandler: ") {
					t.Errorf("%+v: panic %q", o, text)
				}
			}()
			redact.NewHandler(slog.DiscardHandler, &o)
		}()
	}
	redact.NewHandler(slog.DiscardHandler, &redact.Options{Literals: []string{""}})
}
