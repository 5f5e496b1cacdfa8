package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// FuzzMux checks that no body makes the Mux panic, that it acknowledges only
// what encoding/json reads in the same way, and that its two entries agree.
func FuzzMux(f *testing.F) {
	for _, s := range []string{
		created,
		`{"type":"link.x","data":{"position":"x"}}`,
		`{"type":"other"}`,
		`{"type":"link\u002ecreated","data":null}`,
		`{"type":"link.created","type":"other","data":{}}`,
		`{"data":{"link_id":"\ud83d"},"type":"link.created"}`,
		`[]`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got []link
		m := dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
		m.Handle("link.*", dispatch.JSON(func(_ context.Context, e dispatch.Event[link]) error {
			got = append(got, e.Data)
			return nil
		}))
		d := delivery(string(body))
		err := m.HandleDelivery(t.Context(), d)

		d2 := delivery(string(body))
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		w := httptest.NewRecorder()
		m.ServeHTTP(w, r.WithContext(hooklatch.NewContext(r.Context(), d2)))
		want := http.StatusOK
		switch {
		case errors.As(err, new(*dispatch.EnvelopeError)):
			want = http.StatusBadRequest
		case errors.As(err, new(*dispatch.DecodeError)):
			want = http.StatusUnprocessableEntity
		case err != nil:
			t.Fatalf("unexpected error: %v", err)
		}
		if w.Code != want || d.Type != "" {
			t.Fatalf("HandleDelivery: %v, and it set the type %q; ServeHTTP: %d", err, d.Type, w.Code)
		}
		if err != nil {
			return
		}
		var std struct {
			Type string `json:"type"`
			Data *link  `json:"data"`
		}
		if err := json.Unmarshal(body, &std); len(got) > 0 && err != nil {
			t.Fatalf("acknowledged, but encoding/json: %v", err)
		}
		if std.Type != d2.Type || std.Type == "" {
			t.Fatalf("type %q, but encoding/json reads %q", d2.Type, std.Type)
		}
		if std.Data == nil {
			std.Data = new(link)
		}
		if len(got) > 0 && !reflect.DeepEqual(got, []link{*std.Data, *std.Data}) {
			t.Fatalf("data %+v, but encoding/json reads %+v", got, *std.Data)
		}
	})
}
