package redact_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/redact"
)

type (
	user struct {
		Nick  string `json:"nick"`
		Email string `json:"email,omitempty"`
		Empty string `json:"empty,omitempty"`
		No    string `json:"-"`
		Age   int
		seen  string
	}
	node struct {
		Box  string
		Next *node
	}
	embedded struct {
		*user
		Time  time.Duration
		Token string `json:"t"`
	}
	hidden   struct{ email string }
	address  struct{ s string }
	texter   struct{ S string }
	jsoner   struct{ S string }
	panicker struct{ N int }
	lazy     struct{ v slog.Value }
	verbose  struct{ S string }
	customer struct{ Name, Email string }
	order    struct {
		ID int
		c  customer
	}
	orders struct {
		ID int
		s  []customer
		m  map[string]customer
		i  any
		p  *customer
		q  url.Values
	}
	broken     struct{ S string }
	brokenText struct{ S string }
)

func (a *address) String() string                 { return "at " + a.s }
func (x texter) MarshalText() ([]byte, error)     { return []byte("text " + x.S), nil }
func (x jsoner) MarshalJSON() ([]byte, error)     { return json.Marshal(map[string]string{"at": x.S}) }
func (x broken) MarshalJSON() ([]byte, error)     { return nil, errors.New("no " + x.S) }
func (x brokenText) MarshalText() ([]byte, error) { return nil, errors.New("no " + x.S) }
func (panicker) String() string                   { panic("no") }
func (x lazy) LogValue() slog.Value               { return x.v }
func (verbose) Error() string                     { return "short" }
func (x verbose) Format(s fmt.State, verb rune)   { _, _ = io.WriteString(s, "long "+x.S) }

const email = "ada@example.com"

func TestHandlerMasks(t *testing.T) {
	cycle := &node{Box: "none"}
	cycle.Next = &node{Box: email, Next: cycle}
	link, _ := url.Parse("https://u:p@example.com/a?b=c")
	cookie := &http.Cookie{Name: "a", Value: "abc"}
	for _, tt := range []struct {
		name, asJSON, asText string
		value                any
	}{
		{"string", `{"k":"[redacted]"}`, `k=[redacted]`, email},
		{"bytes", `{"k":"W3JlZGFjdGVkXQ=="}`, `k="[redacted]"`, []byte(email)},
		{"raw JSON", `{"k":{"a\"<":"[redacted]","n":1.50}}`, `k="{\"a\\\"<\":\"[redacted]\",\"n\":1.50}"`, json.RawMessage(`{"a\"<":"ada\u0040example.com","n":1.50}`)},
		{"named in raw JSON", `{"k":{"api_key":"[redacted]","token":null}}`, `k="{\"api_key\":\"[redacted]\",\"token\":null}"`, json.RawMessage(`{"api_key":[1],"token":null}`)},
		{"struct", `{"k":{"Age":1,"email":"[redacted]","nick":"Ada"}}`, `k="map[Age:1 email:[redacted] nick:Ada]"`, user{Nick: "Ada", Email: email, No: email, Age: 1, seen: email}},
		{"pointer", `{"k":{"Age":0,"email":"[redacted]","nick":""}}`, `k="map[Age:0 email:[redacted] nick:]"`, &user{Email: email}},
		{"embedded", `{"k":{"Age":0,"Time":1,"nick":"Ada","t":"[redacted]"}}`, `k="map[Age:0 Time:1ns nick:Ada t:[redacted]]"`, embedded{user: &user{Nick: "Ada"}, Time: 1, Token: "abc"}},
		{"in embedded", `{"k":{"Age":0,"Time":1,"email":"[redacted]","nick":"","t":""}}`, `k="map[Age:0 Time:1ns email:[redacted] nick: t:]"`, embedded{user: &user{Email: email}, Time: 1}},
		{"unexported", `{"k":{}}`, `k=map[]`, hidden{email}},
		{"unexported struct", `{"k":{"ID":1}}`, `k=map[ID:1]`, order{1, customer{"Ada", email}}},
		{"unexported slice", `{"k":{"ID":1}}`, `k=map[ID:1]`, orders{ID: 1, s: []customer{{"Ada", "none"}, {"Ada", email}}}},
		{"unexported map", `{"k":{"ID":1}}`, `k=map[ID:1]`, orders{ID: 1, m: map[string]customer{"a": {"Ada", "none"}, "b": {"Ada", email}}}},
		{"unexported interface", `{"k":{"ID":1}}`, `k=map[ID:1]`, orders{ID: 1, i: customer{"Ada", email}}},
		{"unexported query", `{"k":{"ID":1}}`, `k=map[ID:1]`, orders{ID: 1, q: url.Values{"code": {"abc"}}}},
		{"cycle", `{"k":{"Box":"none","Next":{"Box":"[redacted]","Next":"[redacted]"}}}`, `k="map[Box:none Next:map[Box:[redacted] Next:[redacted]]]"`, cycle},
		{"slice", `{"k":["a","[redacted]",null,1]}`, `k="[a [redacted] <nil> 1]"`, []any{"a", email, nil, 1}},
		{"flags", `{"k":["run","--token","[redacted]","-v","a"]}`, `k="[run --token [redacted] -v a]"`, []string{"run", "--token", "abc", "-v", "a"}},
		{"array", `{"k":["a","[redacted]"]}`, `k="[a [redacted]]"`, [2]string{"a", email}},
		{"map", `{"k":{"192.0.2.0":1,"192.0.2.0#2":2,"Password":"[redacted]","ok":"yes"}}`, `k="map[192.0.2.0:1 192.0.2.0#2:2 Password:[redacted] ok:yes]"`, map[string]any{"192.0.2.1": 1, "192.0.2.2": 2, "Password": "x", "ok": "yes"}},
		{"map by address", `{"k":{"192.0.2.0":1}}`, `k=map[192.0.2.0:1]`, map[netip.Addr]int{netip.MustParseAddr("192.0.2.1"): 1}},
		{"header", `{"k":{"Accept":["a"],"X-Api-Key":"[redacted]"}}`, `k="map[Accept:[a] X-Api-Key:[redacted]]"`, http.Header{"Accept": {"a"}, "X-Api-Key": {"abc"}}},
		{"query", `{"k":{"code":"[redacted]","empty":[]}}`, `k="map[code:[redacted] empty:[]]"`, url.Values{"code": {"abc"}, "empty": {}}},
		{"query in a map", `{"k":{"Query":"[redacted]","a_query":"select 1"}}`, `k="map[Query:[redacted] a_query:select 1]"`, map[string]any{"Query": "code=abc", "a_query": "select 1"}},
		{"form", `{"k":"[redacted]"}`, `k=[redacted]`, &multipart.Form{Value: url.Values{"code": {"abc"}}}},
		{"JSON as text", `{"k":"{\"tokens\":\"[redacted]\"}"}`, `k="{\"tokens\":\"[redacted]\"}"`, `{"tokens":["abc"]}`},
		{"name twice in raw JSON", `{"k":{"a":1}}`, `k="{\"a\":1}"`, json.RawMessage(`{"a":"ada@example.com","a":1}`)},
		{"error", `{"k":"of [redacted]"}`, `k="of [redacted]"`, errors.New("of " + email)},
		{"url.Error", `{"k":"Get \"https://example.com/?[redacted]\": EOF"}`, `k="Get \"https://example.com/?[redacted]\": EOF"`, &url.Error{Op: "Get", URL: "https://example.com/?a=b", Err: io.EOF}},
		{"joined", `{"k":"EOF\nw: [redacted]"}`, `k="EOF\nw: [redacted]"`, errors.Join(io.EOF, fmt.Errorf("w: %w", errors.New(email)))},
		{"error in a struct", `{"k":{"Err":"[redacted]"}}`, `k=map[Err:[redacted]]`, struct{ Err error }{errors.New(email)}},
		{"formatted error", `{"k":"short"}`, `k=short`, verbose{email}},
		{"Stringer", `{"k":"at [redacted]"}`, `k="at [redacted]"`, &address{email}},
		{"TextMarshaler", `{"k":"text [redacted]"}`, `k="text [redacted]"`, texter{email}},
		{"json.Marshaler", `{"k":{"at":"[redacted]"}}`, `k="{\"at\":\"[redacted]\"}"`, jsoner{email}},
		{"json.Marshaler that fails", `{"k":"no [redacted]"}`, `k="no [redacted]"`, broken{email}},
		{"TextMarshaler that fails", `{"k":"no [redacted]"}`, `k="no [redacted]"`, brokenText{email}},
		{"panic", `{"k":"[redacted]"}`, `k=[redacted]`, panicker{1}},
		{"LogValuer", `{"k":{"a":"[redacted]","b":1}}`, `k.a=[redacted] k.b=1`, lazy{slog.GroupValue(slog.Any("a", lazy{slog.StringValue(email)}), slog.Int("b", 1))}},
		{"netip.Addr", `{"k":"192.0.2.0"}`, `k=192.0.2.0`, netip.MustParseAddr("192.0.2.17")},
		{"zone", `{"k":"fe80::"}`, `k=fe80::`, netip.MustParseAddr("fe80::1%eth0")},
		{"mapped", `{"k":"::ffff:192.0.2.0"}`, `k=::ffff:192.0.2.0`, netip.MustParseAddr("::ffff:192.0.2.17")},
		{"netip.AddrPort", `{"k":"[2001:db8:1::]:80"}`, `k=[2001:db8:1::]:80`, netip.MustParseAddrPort("[2001:db8:1:2::3]:80")},
		{"netip.Prefix", `{"k":"192.0.2.0/28"}`, `k=192.0.2.0/28`, netip.MustParsePrefix("192.0.2.17/28")},
		{"net.IP", `{"k":"192.0.2.0"}`, `k=192.0.2.0`, net.ParseIP("192.0.2.17")},
		{"net.TCPAddr", `{"k":{"IP":"fe80::","Port":1,"Zone":""}}`, `k=[fe80::]:1`, &net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 1, Zone: "eth0"}},
		{"net.UDPAddr", `{"k":{"IP":"192.0.2.0","Port":1,"Zone":""}}`, `k=192.0.2.0:1`, &net.UDPAddr{IP: net.IPv4(192, 0, 2, 17), Port: 1}},
		{"net.IPAddr", `{"k":{"IP":"192.0.2.0","Zone":""}}`, `k=192.0.2.0`, &net.IPAddr{IP: net.IPv4(192, 0, 2, 17)}},
		{"net.IPNet", `{"k":{"IP":"192.0.2.0","Mask":"/////w=="}}`, `k=192.0.2.0/32`, &net.IPNet{IP: net.IPv4(192, 0, 2, 17).To4(), Mask: net.CIDRMask(32, 32)}},
		{"unexported address", `{"k":{}}`, `k=map[]`, struct{ a netip.Addr }{netip.MustParseAddr("192.0.2.17")}},
		{"URL", `{"k":"https://[redacted]@example.com/a?[redacted]"}`, `k=https://[redacted]@example.com/a?[redacted]`, link},
		{"URL by value", `{"k":{"U":"https://[redacted]@example.com/a?[redacted]"}}`, `k=map[U:https://[redacted]@example.com/a?[redacted]]`, struct{ U url.URL }{*link}},
		{"cookies", `{"k":["[redacted]"]}`, `k=[[redacted]]`, []*http.Cookie{cookie}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asJSON, asText := record(t, nil, func(l *slog.Logger) { l.Info("m", "k", tt.value) })
			if d := cmp.Diff([]string{tt.asJSON, tt.asText}, []string{asJSON, asText}); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestHandlerBounds(t *testing.T) {
	deep := any(email)
	for range 100 {
		deep = []any{deep}
	}
	wide := make([]any, 20_000)
	for i := range wide {
		wide[i] = "a"
	}
	deepGroup := strings.Repeat(`{"g":`, 40)
	self := []any{1, nil}
	self[1] = self
	group := slog.StringValue(email)
	for range 100 {
		group = slog.GroupValue(slog.Attr{Key: "g", Value: group})
	}
	if asJSON, _ := record(t, nil, func(l *slog.Logger) { l.Info("m", email, 1) }); asJSON != `{"[redacted]":1}` {
		t.Errorf("a key is logged as %s", asJSON)
	}
	if asJSON, _ := record(t, nil, func(l *slog.Logger) { l.Info("m", "wide", wide) }); !strings.Contains(asJSON, redact.Mask) {
		t.Error("a value is looked into without end")
	}
	asJSON, asText := record(t, nil, func(l *slog.Logger) { l.Info("m", email, 1, "deep", deep, "wide", wide, "self", self, "group", group) })
	for _, out := range []string{asJSON, asText} {
		if strings.Contains(out, email) || !strings.Contains(out, redact.Mask) || strings.Contains(out, "ERROR") ||
			strings.Contains(out, strings.Repeat("[", 40)) || strings.Contains(out, deepGroup) || strings.Contains(out, strings.Repeat("g.", 40)) {
			t.Errorf("got %.500s", out)
		}
	}
}

// What is unexported has no pointers followed, as no handler does, and does not
// keep what is beside it from being rebuilt.
func TestHandlerUnexportedPointer(t *testing.T) {
	v := struct {
		Email string
		o     orders
	}{email, orders{p: &customer{"Ada", email}, s: []customer{{"Ada", email}}}}
	asJSON, asText := record(t, nil, func(l *slog.Logger) { l.Info("m", "k", v, "l", orders{ID: 1, p: &customer{"Ada", email}}) })
	if asJSON != `{"k":{"Email":"[redacted]"},"l":{"ID":1}}` || strings.Contains(asText, email) {
		t.Errorf("logged as %s and %s", asJSON, asText)
	}
}

func TestHandlerRequest(t *testing.T) {
	r, _ := http.NewRequest(http.MethodPost, "https://example.com/?code=zQ7", strings.NewReader("otherwise=zQ7"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if err := r.ParseForm(); err != nil || r.PostForm.Get("otherwise") != "zQ7" {
		t.Fatal(r.PostForm, err)
	}
	asJSON, asText := record(t, nil, func(l *slog.Logger) { l.Info("m", "r", r, "query", "code=zQ7", "sql_query", "SELECT a=b") })
	for _, out := range []string{asJSON, asText} {
		if strings.Contains(out, "zQ7") || !strings.Contains(out, "otherwise") || !strings.Contains(out, "SELECT a=b") {
			t.Errorf("logged as %s", out)
		}
	}
}
