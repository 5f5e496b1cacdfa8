package bridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/adapters/bridge"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
)

// A reporter notes what it is told.
type reporter struct {
	mu  sync.Mutex
	all []hooklatch.Disposition
	err error
}

func (r *reporter) Report(d hooklatch.Disposition, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all, r.err = append(r.all, d), err
}

func (r *reporter) DeadLetter(error, func(context.Context) error) {}

// verified returns a context with a delivery as the layers hand it on.
func verified(body string) (context.Context, *reporter) {
	d := hooktest.NewDelivery(hooktest.Event{ID: "evt", Body: []byte(body)})
	d.Provider = "test"
	r := new(reporter)
	return hooklatch.WithReporter(hooklatch.NewContext(context.Background(), d), r), r
}

type link struct{ Title string }

// TestOtherTypesAreNotDecoded: what is not of the type never becomes a T, which
// it might fit as an empty one.
func TestOtherTypesAreNotDecoded(t *testing.T) {
	for _, tt := range []struct {
		pattern, typ string
		ok           bool
	}{
		{"link.created", "link.created", true},
		{"link.created", "link.deleted", false},
		{"link.created", "link.created.twice", false},
		{"link.*", "link.deleted", true},
		{"link.*", "shop.opened", false},
	} {
		ctx, said := verified(`{"type":"` + tt.typ + `","data":{"title":"Shop"}}`)
		event, ok, err := bridge.NewEvents[link](tt.pattern, nil).Open(ctx)
		if ok != tt.ok || err != nil || ok != (event.Data.Title == "Shop") {
			t.Errorf("%s opens %s: %v, error %v, %+v", tt.pattern, tt.typ, ok, err, event)
		}
		if unknown := len(said.all) == 1 && said.all[0] == hooklatch.UnknownType; unknown == tt.ok {
			t.Errorf("%s of %s reports %v", tt.pattern, tt.typ, said.all)
		}
	}
}

func TestEventErrors(t *testing.T) {
	var decode *dispatch.DecodeError
	var envelope *dispatch.EnvelopeError
	for body, target := range map[string]any{
		`{"type":"a","data":{"title":1}}`:   &decode,
		`{"type":"a"}`:                      &decode,
		`{"data":{}}`:                       &envelope,
		`{"type":"a","type":"b","data":{}}`: &envelope,
		`a`:                                 &envelope,
	} {
		ctx, _ := verified(body)
		if _, ok, err := bridge.NewEvents[link]("a", nil).Open(ctx); ok || !errors.As(err, target) {
			t.Errorf("%s: opened %v, error %v, want %T", body, ok, err, target)
		}
	}
	ctx, said := verified(`{"type":"b","data":{}}`)
	_, ok, err := bridge.NewEvents[link]("a", &bridge.JSONOptions{RetryUnknown: true}).Open(ctx)
	if ok || !errors.Is(err, dispatch.ErrUnknownType) || !errors.Is(said.err, dispatch.ErrUnknownType) {
		t.Errorf("another type, to be retried: opened %v, error %v, reported %v", ok, err, said.err)
	}
}

func TestEventOptions(t *testing.T) {
	upper := func(data []byte, v any) error { return json.Unmarshal([]byte(strings.ToUpper(string(data))), v) }
	for name, tt := range map[string]struct {
		o    bridge.JSONOptions
		body string
		want string
	}{
		"members":    {bridge.JSONOptions{TypeMember: "event", DataMember: "object"}, `{"event":"a","type":"b","object":{"title":"x"}}`, "x"},
		"whole body": {bridge.JSONOptions{WholeBody: true}, `{"type":"a","title":"x"}`, "x"},
		"decoder":    {bridge.JSONOptions{Decode: upper}, `{"type":"a","data":{"title":"x"}}`, "X"},
	} {
		ctx, _ := verified(tt.body)
		event, ok, err := bridge.NewEvents[link]("a", &tt.o).Open(ctx)
		if !ok || err != nil || event.Data.Title != tt.want {
			t.Errorf("%s: opened %v, error %v, %+v", name, ok, err, event.Data)
		}
	}
}

// TestEventWithoutLayers: a missing layer is an error, and a missing Once layer
// a warning, once.
func TestEventWithoutLayers(t *testing.T) {
	var log strings.Builder
	events := bridge.NewEvents[any]("a", &bridge.JSONOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	d := hooktest.NewDelivery(hooktest.Event{Body: []byte(`{"type":"a","data":{}}`)})
	for name, ctx := range map[string]context.Context{
		"no delivery":  t.Context(),
		"not verified": hooklatch.NewContext(t.Context(), d),
	} {
		if _, ok, err := events.Open(ctx); ok || err == nil {
			t.Errorf("%s: opened %v, error %v", name, ok, err)
		}
	}
	own := *d
	own.Provider = "test"
	for range 2 {
		if _, ok, err := events.Open(hooklatch.NewContext(t.Context(), &own)); !ok || err != nil {
			t.Errorf("without Once: opened %v, error %v", ok, err)
		}
	}
	if n := strings.Count(log.String(), "without a Once layer"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, &log)
	}
}

func TestAnswer(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		after  string
	}{
		{dispatch.RetryAfter(errNative, time.Minute), 503, "60"},
		{dispatch.ErrUnknownType, 503, "30"},
		{errors.Join(errNative, &dispatch.DecodeError{Err: errNative}), 422, ""},
		{&dispatch.EnvelopeError{Err: errNative}, 400, ""},
		{errors.Join(errNative, &dispatch.UnsupportedError{}), 415, ""},
		{errNative, 0, ""},
		{dispatch.Permanent(errNative), 0, ""},
	} {
		h := make(http.Header)
		status, text, ok := bridge.Answer(h, tt.err)
		if status != tt.status || ok != (status != 0) || ok != (text != "") || h.Get("Retry-After") != tt.after {
			t.Errorf("%v: %d %q %v, header %v, want %d", tt.err, status, text, ok, h, tt.status)
		}
	}
}

// TestReports: the Once layer learns how the framework's chain has ended.
func TestReports(t *testing.T) {
	for name, tt := range map[string]struct {
		next func(http.ResponseWriter, *http.Request) error
		want []hooklatch.Disposition
	}{
		"success": {func(http.ResponseWriter, *http.Request) error { return nil }, nil},
		"error":   {func(http.ResponseWriter, *http.Request) error { return errNative }, []hooklatch.Disposition{hooklatch.Failed}},
		"panic":   {func(http.ResponseWriter, *http.Request) error { panic("no") }, []hooklatch.Disposition{hooklatch.Panicked}},
		"unknown type, to be retried": {
			func(http.ResponseWriter, *http.Request) error { return dispatch.ErrUnknownType },
			[]hooklatch.Disposition{hooklatch.UnknownType},
		},
	} {
		t.Run(name, func(t *testing.T) {
			said := new(reporter)
			defer func() {
				_ = recover() // the handler's panic
				if len(said.all) != len(tt.want) || len(tt.want) > 0 && said.all[0] != tt.want[0] {
					t.Errorf("reported %v, want %v", said.all, tt.want)
				}
			}()
			_, _, _ = serve(&request{next: tt.next}, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(hooklatch.WithReporter(r.Context(), said)))
				})
			})
		})
	}
}

// TestOpenNamesTheType: the layers around log the type, whatever becomes of the
// event.
func TestOpenNamesTheType(t *testing.T) {
	for name, tt := range map[string]struct {
		pattern, data string
		opts          bridge.JSONOptions
		fails         bool
	}{
		"decoded":      {"link.created", `{}`, bridge.JSONOptions{}, false},
		"does not fit": {"link.created", `[]`, bridge.JSONOptions{}, true},
		"unknown":      {"shop.*", `{}`, bridge.JSONOptions{}, false},
		"later":        {"shop.*", `{}`, bridge.JSONOptions{RetryUnknown: true}, true},
	} {
		ctx, _ := verified(`{"type":"link.created","data":` + tt.data + `}`)
		d, _ := hooklatch.FromContext(ctx)
		event, ok, err := bridge.NewEvents[link](tt.pattern, &tt.opts).Open(ctx)
		if (err != nil) != tt.fails || d.Type != "link.created" || d.TypeMember != "type" {
			t.Errorf("%s: error %v, type %q from member %q", name, err, d.Type, d.TypeMember)
		}
		if ok && event.Delivery != d {
			t.Errorf("%s: the event has another delivery", name)
		}
	}
}
