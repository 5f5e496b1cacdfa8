package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

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

// TestStrictAtTheTopOnly: duplicates further in reach the decoder, as the package
// documentation says.
func TestStrictAtTheTopOnly(t *testing.T) {
	for body, want := range map[string]string{
		`{"type":"a","data":{"n":1,"n":2}}`:       `{"n":1,"n":2}`,
		`{"type":"a","data":{"n":1},"data":{}}`:   "",
		`{"type":"a","Data":{"n":1},"data":{}}`:   "",
		`{"type":"a","x":{"y":1,"y":2},"data":7}`: "7",
	} {
		var m dispatch.Mux
		var got string
		m.Handle("a", dispatch.JSON(func(_ context.Context, e dispatch.Event[json.RawMessage]) error {
			got = string(e.Data)
			return nil
		}))
		err := m.HandleDelivery(t.Context(), delivery(body))
		if refused := errors.As(err, new(*dispatch.EnvelopeError)); got != want || refused != (want == "") {
			t.Errorf("%s: data %s, error %v", body, got, err)
		}
	}
}
