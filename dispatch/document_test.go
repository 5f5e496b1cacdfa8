package dispatch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

const (
	formType  = "application/x-www-form-urlencoded"
	multipart = `multipart/form-data; boundary="x"`
	badMedia  = "Unsupported media type"
)

// sent returns a delivery with a body of a content type.
func sent(contentType, body string) *hooklatch.Delivery {
	d := delivery(body)
	d.Header.Set("Content-Type", contentType)
	return d
}

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

// TestUnreadableBodies: what the Mux is not told to read is 415, and the log says
// what it is and what to set.
func TestUnreadableBodies(t *testing.T) {
	slack := "payload=" + url.QueryEscape(created)
	for _, tt := range []struct {
		name   string
		typ    string
		coding []string
		body   string
		status int
		log    string
	}{
		{"form", formType, nil, slack, 415, "set Mux.FormPayload or Mux.FormType"},
		{"form with parameters", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8", nil, slack, 415, "set Mux.FormPayload or Mux.FormType"},
		{"form with broken parameters", formType + "; =", nil, slack, 415, "set Mux.FormPayload or Mux.FormType"},
		{"form with a parameter twice", formType + "; a=b; a=c", nil, slack, 415, "set Mux.FormPayload or Mux.FormType"},
		{"empty form", formType, nil, "", 415, "set Mux.FormPayload"},
		{"multipart", multipart, nil, "--x\r\n", 415, "multipart/form-data"},
		{"another charset", "application/json; charset=UTF-16", nil, "\xff\xfe{\x00", 415, "charset=UTF-16"},
		{"gzip", "application/json", []string{"gzip"}, packed(t, created), 415, "set Mux.GzipLimit"},
		{"brotli", "application/json", []string{"br"}, "\x1b\x00", 415, `Content-Encoding \"br\"`},
		{"two codings", "application/json", []string{"gzip", "br"}, "\x1b\x00", 415, "gzip, br"},
		{"a long name", "multipart/" + strings.Repeat("x", 1000), nil, "--", 415, "multipart/xxx"},

		{"JSON as text", "text/plain; charset=UTF-8", nil, created, 200, ""},
		{"JSON as a form", formType, nil, created, 200, ""},
		{"JSON as multipart", multipart, nil, " \r\n\t" + created, 200, ""},
		{"JSON as a third party's", "application/cloudevents+json", nil, created, 200, ""},
		{"JSON as nothing", "", nil, created, 200, ""},
		{"JSON as gzip", "application/json", []string{"gzip"}, created, 200, ""},
		{"JSON as itself", "application/json", []string{"identity"}, created, 200, ""},

		{"text", "text/plain", nil, "hello", 400, "not valid JSON at byte 0"},
		{"bad JSON", "application/json", nil, "hello", 400, "not valid JSON at byte 0"},
		{"an array", "application/json", nil, "[]", 400, "not a JSON object"},
		{"empty", "", nil, "", 400, "not valid JSON"},
	} {
		var m dispatch.Mux
		m.Handle("link.created", dispatch.JSON(onLink))
		d := sent(tt.typ, tt.body)
		for _, c := range tt.coding {
			d.Header.Add("Content-Encoding", c)
		}
		res, body, log := post(t, &m, d)
		text := map[int]string{200: received, 400: notEnv, 415: badMedia}[tt.status]
		if res.StatusCode != tt.status || body != text {
			t.Errorf("%s: %d %q, want %d %q", tt.name, res.StatusCode, body, tt.status, text)
		}
		if !strings.Contains(log, tt.log) || strings.Contains(log, "link_id") || len(log) > 1000 {
			t.Errorf("%s: want %q in the log, and no body:\n%s", tt.name, tt.log, log)
		}
	}
}

// TestUnreadButHandled: a handler that reads the body by itself, for a type that
// verification has found, gets any body.
func TestUnreadButHandled(t *testing.T) {
	var m dispatch.Mux
	m.Handle("push", handlerOf(nil))
	m.Handle("pull", dispatch.JSON(onLink))
	m.Handle("wrapped", dispatch.HandlerFunc(dispatch.JSON(onLink).HandleDelivery))
	for typ, want := range map[string]int{"push": 200, "pull": 415, "wrapped": 415} {
		d := sent(multipart, "--x")
		d.Type = typ
		if res, _, _ := post(t, &m, d); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", typ, res.StatusCode, want)
		}
	}
	var unsupported *dispatch.UnsupportedError
	err := dispatch.JSON(onLink).HandleDelivery(t.Context(), sent(formType, "a=b"))
	if !errors.As(err, &unsupported) || unsupported.Header != "Content-Type" || unsupported.Value != formType {
		t.Errorf("a handler alone: %v, want an UnsupportedError", err)
	}
}

// TestForms: GitHub's forms, Slack's interactions and its slash commands, on one
// Mux. The bodies are those of
// https://docs.github.com/webhooks/types-of-webhooks and
// https://docs.slack.dev/interactivity/implementing-slash-commands.
func TestForms(t *testing.T) {
	type got struct {
		Type, TypeMember, Body string
		Data                   map[string]any
	}
	const command = "token=gIkuvaNzQIHg97ATvDxqgjtO&team_id=T0001&command=/weather&text=94070+%26%20more&response_url=https://hooks.slack.com/commands/1234/5678&empty="
	fields := map[string]any{
		"token": "gIkuvaNzQIHg97ATvDxqgjtO", "team_id": "T0001", "command": "/weather", "text": "94070 & more",
		"response_url": "https://hooks.slack.com/commands/1234/5678", "empty": "",
	}
	interaction := "payload=" + url.QueryEscape(`{"type":"block_actions","user":{"name":"bobby \"😀\""}}`)
	user := map[string]any{"type": "block_actions", "user": map[string]any{"name": `bobby "😀"`}}
	push := "payload=" + url.QueryEscape(`{"ref":"refs/heads/main"}`)
	for _, tt := range []struct {
		name, typ, body string
		status          int
		want            *got
	}{
		{"command", "", command, 200, &got{"/weather", "command", command, fields}},
		{"interaction", "", interaction, 200, &got{"block_actions", "type", interaction, user}},
		{"type in a header", "push", push, 200, &got{"push", "", push, map[string]any{"ref": "refs/heads/main"}}},
		{"fields, type in a header", "push", "ref=main", 200, &got{"push", "", "ref=main", map[string]any{"ref": "main"}}},
		{"payload and command", "", interaction + "&command=/weather", 200, &got{"block_actions", "type", interaction + "&command=/weather", user}},
		{"empty pairs", "", "&command=x&&", 200, &got{"x", "command", "&command=x&&", map[string]any{"command": "x"}}},
		{"no type", "", "text=1", 400, nil},
		{"empty type", "", "command=&text=1", 400, nil},
		{"two types", "", "command=a&command=b", 400, nil},
		{"types in two cases", "", "command=a&Command=b", 400, nil},
		{"two payloads", "", interaction + "&" + interaction, 400, nil},
		{"another field twice", "", "command=a&x=1&x=2", 400, nil},
		{"the same name, escaped", "", "command=a&%63ommand=b", 400, nil},
		{"semicolon", "", "command=a;command=b", 400, nil},
		{"bad escape", "", "command=%zz", 400, nil},
		{"bad escape in a name", "", "%zz=1&command=a", 400, nil},
		{"not UTF-8", "", "command=a&x=%ff", 400, nil},
		{"payload is no JSON", "", "payload=x", 400, nil},
		{"payload is a form", "", "payload=command%3Dx", 400, nil},
		{"empty payload", "", "payload=", 400, nil},
		{"payload with two types", "", "payload=" + url.QueryEscape(`{"type":"a","type":"b"}`), 400, nil},
		{"too many fields", "", "command=a" + manyFields(1000), 400, nil},
		{"many fields", "", "command=a" + manyFields(999), 200, nil},
	} {
		var have *got
		m := &dispatch.Mux{WholeBody: true, FormPayload: "payload", FormType: "command"}
		m.Fallback = dispatch.JSON(func(_ context.Context, e dispatch.Event[map[string]any]) error {
			have = &got{e.Type, e.TypeMember, string(e.Body), e.Data}
			return nil
		})
		d := sent(formType, tt.body)
		d.Type = tt.typ
		res, _, log := post(t, m, d)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d, want %d\n%s", tt.name, res.StatusCode, tt.status, log)
		}
		if diff := cmp.Diff(tt.want, have); diff != "" && (tt.want != nil || tt.status != 200) {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if strings.Contains(log, "94070") || strings.Contains(log, "bobby") {
			t.Errorf("%s: the log has the body:\n%s", tt.name, log)
		}
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("&f" + strconv.Itoa(i) + "=")
	}
	return b.String()
}

// TestFormPayloadOnly and the other way round: a form of the kind that the Mux is
// not told to read is no envelope.
func TestOneKindOfForm(t *testing.T) {
	const command = "command=x&text=y"
	payload := "payload=" + url.QueryEscape(created)
	for _, tt := range []struct {
		m      *dispatch.Mux
		body   string
		status int
	}{
		{&dispatch.Mux{FormPayload: "payload"}, payload, 200},
		{&dispatch.Mux{FormPayload: "payload"}, command, 400},
		{&dispatch.Mux{FormType: "command"}, command, 200},
		{&dispatch.Mux{FormType: "command"}, payload, 400},
		{&dispatch.Mux{FormPayload: "json"}, payload, 400},
	} {
		tt.m.Handle("link.created", dispatch.JSON(onLink)) // its data is the member data of the payload
		if res, _, log := post(t, tt.m, sent(formType, tt.body)); res.StatusCode != tt.status {
			t.Errorf("payload %q, type %q, body %s: %d, want %d\n%s", tt.m.FormPayload, tt.m.FormType, tt.body, res.StatusCode, tt.status, log)
		}
	}
}

// TestFormBehindMux: a Mux that another one has handed a form to reads it alike.
func TestFormBehindMux(t *testing.T) {
	inner := &dispatch.Mux{FormType: "command"}
	var texts []string
	inner.Handle("/weather", dispatch.JSON(func(_ context.Context, e dispatch.Event[struct{ Text string }]) error {
		texts = append(texts, e.Type+" "+e.Data.Text)
		return nil
	}))
	outer := &dispatch.Mux{FormType: "command", Fallback: inner}
	wrapped := &dispatch.Mux{FormType: "command"}
	wrapped.Handle("/weather", dispatch.HandlerFunc(inner.HandleDelivery))
	for _, m := range []*dispatch.Mux{inner, outer, wrapped} {
		if res, _, log := post(t, m, sent(formType, "command=/weather&text=94070")); res.StatusCode != 200 {
			t.Errorf("%d\n%s", res.StatusCode, log)
		}
	}
	if diff := cmp.Diff([]string{"/weather 94070", "/weather 94070", "/weather 94070"}, texts); diff != "" {
		t.Error(diff)
	}
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

// FuzzForm checks that the Mux reads no form otherwise than net/url does, whatever
// the Content-Type says, and that it never panics.
func FuzzForm(f *testing.F) {
	for _, s := range []string{
		"command=/weather&text=94070+%26", "payload=%7B%22type%22%3A%22a%22%7D", "a=b;c=d", "command=a&command=b", "%zz", "&&=&", "command=a=b", created,
		"payload=%7B%22type%22:%22a%22,%22type%22:%22b%22%7D", "command=%ff", "+=+&command=%2b",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, body string, isForm bool) {
		m := &dispatch.Mux{WholeBody: true, FormPayload: "payload", FormType: "command"}
		var raw json.RawMessage
		m.Fallback = dispatch.JSON(func(_ context.Context, e dispatch.Event[json.RawMessage]) error {
			raw = e.Data
			return nil
		})
		d := sent("application/json", body)
		if isForm {
			d = sent(formType, body)
		}
		if m.HandleDelivery(t.Context(), d) != nil {
			return
		}
		if strings.HasPrefix(strings.TrimLeft(body, " \t\r\n"), "{") {
			if string(raw) != body {
				t.Fatalf("JSON %q became %q", body, raw)
			}
			return
		}
		if !isForm {
			t.Fatalf("%q was accepted as JSON", body)
		}
		want, err := url.ParseQuery(body)
		if err != nil {
			t.Fatalf("accepted, but net/url: %v", err)
		}
		if payload, ok := want["payload"]; ok {
			if len(payload) != 1 || payload[0] != string(raw) || d.TypeMember != "type" {
				t.Fatalf("payload %q, but net/url reads %q", raw, payload)
			}
			return
		}
		var got map[string]string
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		for name, values := range want {
			if v, ok := got[name]; !ok || len(values) != 1 || v != values[0] {
				t.Fatalf("field %q is %q, but net/url reads %q", name, v, values)
			}
		}
		if len(got) != len(want) || d.Type != want.Get("command") || d.Type == "" {
			t.Fatalf("fields %q, type %q, but net/url reads %q", got, d.Type, want)
		}
	})
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
