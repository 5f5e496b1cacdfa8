package dispatch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/dispatch"
)

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGzip(t *testing.T) {
	bomb := packed(t, `{"type":"link.created","data":{"link_id":"`+strings.Repeat("a", 10<<20)+`"}}`)
	good := packed(t, created)
	limit := int64(len(created))
	form := packed(t, "payload="+url.QueryEscape(created))
	for _, tt := range []struct {
		name, coding, typ, body string
		limit                   int64
		status                  int
		log                     string
	}{
		{"gzip", "gzip", "application/json", good, limit, 200, ""},
		{"upper case", "GZIP", "application/json", good, limit, 200, ""},
		{"x-gzip", "x-gzip", "application/json", good, limit, 200, ""},
		{"in two members", "gzip", "application/json", packed(t, created[:20]) + packed(t, created[20:]), limit, 200, ""},
		{"form", "gzip", formType, form, 1 << 20, 200, ""},
		{"JSON as a form", "gzip", formType, good, limit, 200, ""},
		{"one byte more", "gzip", "application/json", good, limit - 1, 400, "larger than Mux.GzipLimit"},
		{"bomb", "gzip", "application/json", bomb, 1 << 20, 400, "larger than Mux.GzipLimit"},
		{"cut off", "gzip", "application/json", good[:len(good)-1], limit, 400, "malformed gzip"},
		{"wrong sum", "gzip", "application/json", good[:len(good)-8] + "12345678", limit, 400, "malformed gzip"},
		{"something behind", "gzip", "application/json", good + "x", limit, 400, "malformed gzip"},
		{"no gzip", "gzip", "application/json", "hello", limit, 400, "malformed gzip"},
		{"twice", "gzip, gzip", "application/json", packed(t, good), 1 << 20, 415, "gzip, gzip"},
		{"packed twice, said once", "gzip", "application/json", packed(t, good), 1 << 20, 400, "not valid JSON"},
		{"deflate", "deflate", "application/json", good, limit, 415, "deflate"},
		{"unsaid", "", "application/json", good, limit, 400, "not valid JSON"},
		{"no limit", "gzip", "application/json", good, 0, 415, "set Mux.GzipLimit"},
		{"negative limit", "gzip", "application/json", good, -1, 415, "set Mux.GzipLimit"},
		{"largest limit", "gzip", "application/json", good, 1<<63 - 1, 200, ""},
	} {
		var ids []string
		m := &dispatch.Mux{GzipLimit: tt.limit, FormPayload: "payload"}
		m.Handle("link.created", dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
			ids = append(ids, e.Data.ID)
			if string(e.Body) != tt.body {
				t.Errorf("%s: the delivery's body has changed", tt.name)
			}
			return nil
		}))
		d := sent(tt.typ, tt.body)
		if tt.coding != "" {
			d.Header.Set("Content-Encoding", tt.coding)
		}
		res, _, log := post(t, m, d)
		if res.StatusCode != tt.status || !strings.Contains(log, tt.log) || (tt.status == 200) != (len(ids) == 1 && ids[0] == "l1") {
			t.Errorf("%s: %d, handled %q, want %d and %q in the log:\n%s", tt.name, res.StatusCode, ids, tt.status, tt.log, log)
		}
	}
}

// FuzzGzip checks that no body is read beyond the limit, and that none makes the
// Mux panic.
func FuzzGzip(f *testing.F) {
	f.Add([]byte(packed(f, created)), int64(100))
	f.Add([]byte(packed(f, strings.Repeat(" ", 1000)+created)), int64(100))
	f.Add([]byte("\x1f\x8b"), int64(1))
	f.Fuzz(func(t *testing.T, body []byte, limit int64) {
		limit = min(limit, 1<<20)
		m := &dispatch.Mux{WholeBody: true, GzipLimit: limit, Fallback: dispatch.JSON(func(_ context.Context, e dispatch.Event[json.RawMessage]) error {
			if int64(len(e.Data)) > max(limit, int64(len(e.Body))) {
				t.Errorf("%d bytes over a limit of %d", len(e.Data), limit)
			}
			return nil
		})}
		d := sent("application/json", string(body))
		d.Header.Set("Content-Encoding", "gzip")
		_ = m.HandleDelivery(t.Context(), d) // most are refused
	})
}
