package dispatch

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
)

func nop(context.Context, *hooklatch.Delivery) error { return nil }

func TestMatch(t *testing.T) {
	var m Mux
	for _, p := range []string{
		"link.created", "link.*", "link.stats.*", "link.stats.daily", "profile.updated", "li*", "orders/*", "é*",
	} {
		m.Handle(p, HandlerFunc(nop))
	}
	m.HandleHTTP("link.http", http.NotFoundHandler())
	tests := []struct{ typ, want string }{
		{"link.created", "link.created"},
		{"link.deleted", "link.*"},
		{"link.http", "link.http"},
		{"link.", "link.*"},
		{"link.*", "link.*"},
		{"link.created.twice", "link.*"},
		{"link.stats.daily", "link.stats.daily"},
		{"link.stats.weekly", "link.stats.*"},
		{"link.stats.", "link.stats.*"},
		{"link.stats", "link.*"},
		{"link", "li*"},
		{"linked", "li*"},
		{"li", "li*"},
		{"l", ""},
		{"", ""},
		{"Link.created", ""},
		{"profile.updated", "profile.updated"},
		{"profile.updated2", ""},
		{"profile", ""},
		{"orders/create", "orders/*"},
		{"élan", "é*"},
	}
	for _, tt := range tests {
		got := ""
		if rt := m.match(tt.typ); rt != nil {
			got = rt.pattern
		}
		if got != tt.want {
			t.Errorf("match(%q) = %q, want %q", tt.typ, got, tt.want)
		}
	}
}

func TestRegisterPanics(t *testing.T) {
	h := HandlerFunc(nop)
	tests := []struct {
		name, want string
		register   func(*Mux)
	}{
		{"empty", "empty", func(m *Mux) { m.Handle("", h) }},
		{"everything", "Fallback", func(m *Mux) { m.Handle("*", h) }},
		{"asterisk inside", "asterisk", func(m *Mux) { m.Handle("link.*.created", h) }},
		{"asterisk in front", "asterisk", func(m *Mux) { m.Handle("*.created", h) }},
		{"two asterisks", "asterisk", func(m *Mux) { m.Handle("link.**", h) }},
		{"twice", "twice", func(m *Mux) { m.Handle("a", h); m.Handle("a", h) }},
		{"prefix twice", "twice", func(m *Mux) { m.Handle("a.*", h); m.Handle("a.*", h) }},
		{"HTTP twice", "twice", func(m *Mux) { m.Handle("a", h); m.HandleHTTP("a", http.NotFoundHandler()) }},
		{"no handler", "no handler", func(m *Mux) { m.Handle("a") }},
		{"nil handler", "nil handler", func(m *Mux) { m.Handle("a", h, nil) }},
		{"nil function", "nil handler", func(m *Mux) { m.Handle("a", HandlerFunc(nil)) }},
		{"nil HTTP handler", "nil handler", func(m *Mux) { m.HandleHTTP("a", nil) }},
		{"nil HTTP function", "nil handler", func(m *Mux) { m.HandleHTTP("a", http.HandlerFunc(nil)) }},
		{"HTTP empty", "empty", func(m *Mux) { m.HandleHTTP("", http.NotFoundHandler()) }},
		{"nil JSON function", "nil function", func(m *Mux) {
			m.Handle("a", JSON[int](nil))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), tt.want) {
					t.Errorf("panic: %v, want one with %q", v, tt.want)
				}
			}()
			tt.register(new(Mux))
		})
	}
}

func muxOf(n int) *Mux {
	var m Mux
	for i := range n {
		m.Handle(fmt.Sprintf("resource%d.action.happened", i), HandlerFunc(nop))
		m.Handle(fmt.Sprintf("resource%d.*", i), HandlerFunc(nop))
	}
	return &m
}

func TestMatchAllocs(t *testing.T) {
	m := muxOf(5000)
	for _, typ := range []string{"resource4321.action.happened", "resource4321.other.thing.happened.here", "unknown"} {
		if n := testing.AllocsPerRun(100, func() { m.match(typ) }); n != 0 {
			t.Errorf("match(%q): %v allocations, want 0", typ, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{5, 5000} {
		m := muxOf(n)
		for name, typ := range map[string]string{
			"exact": "resource4.action.happened", "prefix": "resource4.other", "unknown": "nothing.of.it",
		} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.match(typ)
				}
			})
		}
	}
}
