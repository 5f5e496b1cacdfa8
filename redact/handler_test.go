package redact_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/redact"
)

func TestHandlerConforms(t *testing.T) {
	var buf bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		buf.Reset()
		return redact.NewHandler(slog.NewJSONHandler(&buf, nil), nil)
	}, func(t *testing.T) map[string]any {
		var m map[string]any
		if err := json.Unmarshal(buf.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	})
}

// record logs through a handler around each of slog's, and returns the lines
// without time, level and message.
func record(t *testing.T, o *redact.Options, log func(*slog.Logger)) (asJSON, asText string) {
	t.Helper()
	drop := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey && a.Value.String() == "m") {
			return slog.Attr{}
		}
		return a
	}}
	var j, s bytes.Buffer
	log(slog.New(redact.NewHandler(slog.NewJSONHandler(&j, drop), o)))
	log(slog.New(redact.NewHandler(slog.NewTextHandler(&s, drop), o)))
	return strings.TrimSpace(j.String()), strings.TrimSpace(s.String())
}

func TestHandlerNames(t *testing.T) {
	asJSON, _ := record(t, &redact.Options{Names: []string{"Phone"}}, func(l *slog.Logger) {
		l.With("Authorization", "abc", "phone_2", 1, "ok", true).WithGroup("g").WithGroup("secrets").With("a", 1).
			Info("call "+email, "b", []int{1}, slog.Group("c", "d", "e"), "flag", true)
		l.Info("m", "x-api-key", map[string]int{"a": 1}, "max_tokens", 512, "tokens", []string{"a"}, "token", "", "password", nil,
			"billingPhones", "1", "otp", 123, slog.Group("cookie", "a", "b"), "has_token", true, "token_type", "x")
	})
	want := `{"msg":"call [redacted]","Authorization":"[redacted]","phone_2":"[redacted]","ok":true,` +
		`"g":{"secrets":{"a":"[redacted]","b":"[redacted]","c":"[redacted]","flag":true}}}` + "\n" +
		`{"x-api-key":"[redacted]","max_tokens":512,"tokens":"[redacted]","token":"","password":null,` +
		`"billingPhones":"[redacted]","otp":"[redacted]","cookie":"[redacted]","has_token":true,"token_type":"x"}`
	if d := cmp.Diff(want, asJSON); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// keeper is a handler that keeps what it is given.
type keeper struct{ got *[]slog.Value }

func (keeper) Enabled(context.Context, slog.Level) bool { return true }
func (k keeper) WithAttrs([]slog.Attr) slog.Handler     { return k }
func (k keeper) WithGroup(string) slog.Handler          { return k }
func (k keeper) Handle(_ context.Context, r slog.Record) error {
	*k.got = nil
	r.Attrs(func(a slog.Attr) bool { *k.got = append(*k.got, a.Value); return true })
	return nil
}

// What needs no masking is passed on as it is, pointers being the same.
func TestHandlerKeeps(t *testing.T) {
	var got []slog.Value
	twice := &node{}
	log := slog.New(redact.NewHandler(keeper{&got}, nil))
	for _, v := range []any{
		1, int8(2), 3.5, true, "s", time.Second, time.Unix(1, 0), nil, &user{Nick: "Ada"}, &embedded{}, io.EOF,
		&url.Error{Op: "Get", URL: "https://example.com/", Err: io.EOF}, &node{Next: &node{}}, &address{"home"}, &texter{}, &jsoner{},
		netip.MustParseAddr("127.0.0.1"), &net.TCPAddr{IP: net.IPv4zero}, slog.LevelInfo, (*address)(nil), (*url.URL)(nil),
		&url.URL{Scheme: "https", Host: "example.com"}, &[]int{1}, &map[string]any{"a": []any{1, "b"}},
		[16]byte{1},
		new(bytes.Buffer),
		[2]*node{twice, twice},
	} {
		log.Info("m", "k", v)
		if got[0].Any() != slog.AnyValue(v).Any() {
			t.Errorf("%T %v became %T %v", v, v, got[0].Any(), got[0])
		}
	}
	log.Info(email, "k", &user{Nick: "Ada"}, "n", 1, "s", []string{"a"}, "x", []any{email, int8(1), user{}})
	if _, ok := got[0].Any().(*user); !ok || got[1].Kind() != slog.KindInt64 {
		t.Errorf("attributes beside what is masked became %v", got)
	}
	if d := cmp.Diff([]any{redact.Mask, int8(1), user{}}, got[3].Any(), cmp.AllowUnexported(user{})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestNewHandlerPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"nil handler": func() { redact.NewHandler(nil, nil) },
		"empty name":  func() { redact.NewHandler(slog.DiscardHandler, &redact.Options{Names: []string{"a", "-"}}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestHandlerAllocs(t *testing.T) {
	ctx := t.Context()
	h := redact.NewHandler(discard{}, nil)
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "link created", 0)
	r.AddAttrs(slog.String("id", "lnk_1"), slog.Int("position", 3), slog.Duration("took", time.Second), slog.Time("at", time.Now()),
		slog.Group("g", slog.String("a", "b"), slog.Bool("c", true)), slog.Any("nothing", nil))
	if n := testing.AllocsPerRun(100, func() { _ = h.Handle(ctx, r) }); n != 0 {
		t.Errorf("%v allocations for a record with nothing to mask, want 0", n)
	}
}

type discard struct{}

func (discard) Enabled(context.Context, slog.Level) bool  { return true }
func (discard) Handle(context.Context, slog.Record) error { return nil }
func (d discard) WithAttrs([]slog.Attr) slog.Handler      { return d }
func (d discard) WithGroup(string) slog.Handler           { return d }

func BenchmarkHandler(b *testing.B) {
	for _, bb := range []struct {
		name  string
		attrs []slog.Attr
	}{
		{"clean", []slog.Attr{slog.String("id", "lnk_1"), slog.Int("position", 3), slog.Duration("took", time.Second)}},
		{"dirty", []slog.Attr{slog.String("id", "lnk_1"), slog.String("from", "192.0.2.17:443"), slog.String("token", "abc")}},
		{"clean struct", []slog.Attr{slog.Any("user", &user{Nick: "Ada"})}},
		{"dirty struct", []slog.Attr{slog.Any("user", &user{Nick: "Ada", Email: email})}},
		{"clean error", []slog.Attr{slog.Any("err", io.EOF)}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h := redact.NewHandler(discard{}, nil)
			r := slog.NewRecord(time.Now(), slog.LevelInfo, "link created", 0)
			r.AddAttrs(bb.attrs...)
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(b.Context(), r) // it writes to nothing
			}
		})
	}
}
