package verify

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzTemplate: what parseTemplate accepts writes what the text says.
func FuzzTemplate(f *testing.F) {
	for _, text := range []string{
		"", "{body}", "{timestamp}.{body}", "{id}.{timestamp}.{body}", "v0:{timestamp}:{body}", "{body}{timestamp}",
		"{id}{body}", "{body", "body}", "{{body}}", "{}", "{body}{body}", "{body}.{id}", "\x00{body}\xff",
	} {
		f.Add(text, "ts", "id", "body")
	}
	f.Fuzz(func(t *testing.T, text, timestamp, id, body string) {
		parsed, err := parseTemplate(text)
		marks := strings.NewReplacer("{body}", "", "{timestamp}", "", "{id}", "")
		wantErr := strings.ContainsAny(marks.Replace(text), "{}")
		for _, mark := range []string{"{body}", "{timestamp}", "{id}"} {
			wantErr = wantErr || strings.Count(text, mark) > 1
		}
		wantErr = wantErr || text != "" && !strings.Contains(text, "{body}") ||
			strings.Contains(text, "}{id}") || strings.Contains(text, "{id}{")
		if (err != nil) != wantErr {
			t.Fatalf("%q: %v, want an error: %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		var got bytes.Buffer
		var scratch [8]byte
		parsed.write(&got, scratch[:], timestamp, id, []byte(body))
		want := strings.NewReplacer("{body}", body, "{timestamp}", timestamp, "{id}", id).Replace(text)
		if text == "" {
			want = body
		}
		if got.String() != want {
			t.Fatalf("%q wrote %q, want %q", text, got.String(), want)
		}
		if stop := parsed.idStop(); (stop != "") != strings.Contains(text, "{id}") {
			t.Fatalf("%q: idStop = %q", text, stop)
		}
	})
}
