package dispatch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// A sink is a ResponseWriter that allocates nothing.
type sink struct{ h http.Header }

func (s sink) Header() http.Header                { return s.h }
func (sink) WriteHeader(int)                      {}
func (sink) Write(p []byte) (int, error)          { return len(p), nil }
func (sink) WriteString(text string) (int, error) { return len(text), nil }

// A Mux allocates nothing beside what json.Unmarshal of the data does, and
// HandleDelivery no more than its copy of the delivery.
func TestAllocs(t *testing.T) {
	var m dispatch.Mux
	m.Handle("link.created", dispatch.JSON(onLink))
	m.Handle("plain", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { return nil }))
	data := []byte(`{"link_id":"l1","position":3,"new":true}`)
	bare := testing.AllocsPerRun(200, func() {
		v := new(link)
		if err := json.Unmarshal(data, v); err != nil {
			t.Fatal(err)
		}
	})
	ctx := hooklatch.WithReporter(t.Context(), new(reporter))
	for _, tt := range []struct {
		name, body string
		want       float64
	}{
		{"typed", created, bare},
		// One: the context that tells JSON handlers further in of the Mux.
		{"plain", `{"type":"plain"}`, 1},
	} {
		d := delivery(tt.body)
		r := httptest.NewRequest(http.MethodPost, "/", nil).WithContext(hooklatch.NewContext(ctx, d))
		w := sink{make(http.Header)}
		if got := testing.AllocsPerRun(200, func() { d.Type = ""; m.ServeHTTP(w, r) }); got != tt.want {
			t.Errorf("%s: ServeHTTP makes %v allocations, want %v", tt.name, got, tt.want)
		}
		for typ, more := range map[string]float64{"": 1, d.Type: 0} {
			got := testing.AllocsPerRun(200, func() {
				d.Type = typ
				if err := m.HandleDelivery(ctx, d); err != nil {
					t.Fatal(err)
				}
			})
			if got != tt.want+more {
				t.Errorf("%s, type %q: HandleDelivery makes %v allocations, want %v", tt.name, typ, got, tt.want+more)
			}
		}
	}
}
