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
		"{id}{timestamp}{body}", "{body}.{id}{timestamp}", "{method}{url}{body}{timestamp}", "{url}{url}{body}", "{id}{url}.{body}",
	} {
		f.Add(text, "ts", "id", "body", false)
		f.Add(text, "ts", "id", "body", true)
	}
	f.Fuzz(func(t *testing.T, text, timestamp, id, body string, rfc3339 bool) {
		parsed, err := parseTemplate(text, rfc3339)
		marks := strings.NewReplacer("{body}", "", "{timestamp}", "", "{id}", "", "{method}", "", "{url}", "")
		wantErr := strings.ContainsAny(marks.Replace(text), "{}")
		for _, mark := range []string{"{body}", "{timestamp}", "{id}", "{method}", "{url}"} {
			wantErr = wantErr || strings.Count(text, mark) > 1
		}
		wantErr = wantErr || text != "" && !strings.Contains(text, "{body}") ||
			strings.Contains(text, "}{id}") || strings.Contains(text, "{id}{") &&
			!(rfc3339 && strings.Contains(text, "{id}{timestamp}") && strings.Index(text, "{id}") < strings.Index(text, "{body}"))
		if (err != nil) != wantErr {
			t.Fatalf("%q: %v, want an error: %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		var got bytes.Buffer
		var scratch [8]byte
		parsed.write(&got, scratch[:], &parts{timestamp: timestamp, id: id, method: "PUT", base: "https://a", target: "/b?c"}, []byte(body))
		want := strings.NewReplacer("{body}", body, "{timestamp}", timestamp, "{id}", id, "{method}", "PUT", "{url}", "https://a/b?c").Replace(text)
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
