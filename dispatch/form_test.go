package dispatch_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

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
		var d *hooklatch.Delivery
		m.Fallback = dispatch.JSON(func(_ context.Context, e dispatch.Event[json.RawMessage]) error {
			raw, d = e.Data, e.Delivery
			return nil
		})
		in := sent("application/json", body)
		if isForm {
			in = sent(formType, body)
		}
		if m.HandleDelivery(t.Context(), in) != nil {
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
