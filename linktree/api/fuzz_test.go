package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// Whatever the provider answers is a page or an *api.Error, and nothing of it
// that could deceive the reader of a log is in either's plain texts.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"links":[{"link_id":"a","title":"t"}],"next_cursor":"c"}`, "r1")
	f.Add(404, `{"error":{"code":"not_found","message":"there is no such link"}}`, "")
	f.Add(200, `{"links":[{"link_id":1}]}`, "r\n2")
	f.Add(500, "{\"error\":{\"code\":\"\\u202e\",\"message\":\"\x1b[31m\\u2028\"}}", "\x00")
	f.Fuzz(func(t *testing.T, status int, body, id string) {
		base := transport.Func(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status,
				Header:     http.Header{schema.HeaderRequestID: {id}},
				Body:       readCloser{strings.NewReader(body)},
				Request:    r,
			}, nil
		})
		c, err := api.New(transport.StaticToken(goodToken), &api.Options{Transport: base, Layers: transport.Chain()})
		if err != nil {
			t.Fatal(err)
		}
		page, err := c.LinksPage(t.Context(), "", 0)
		if err == nil {
			for _, link := range page.Links {
				if link.ID == "" {
					t.Error("a link without an id")
				}
			}
			if status < 200 || status > 299 {
				t.Errorf("status %d is no error", status)
			}
			return
		}
		var e *api.Error
		if !errors.As(err, &e) || e.Status != 0 && e.Status != status {
			t.Fatalf("%#v", err)
		}
		for _, text := range []string{err.Error(), e.Code, e.RequestID} {
			if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Errorf("%q is not plain", text)
			}
		}
		if !utf8.ValidString(e.Message) || len(e.Message) > 500 || strings.ContainsFunc(e.Message, unicode.IsControl) ||
			strings.ContainsAny(e.Message, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029") {
			t.Errorf("message %q", e.Message)
		}
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
