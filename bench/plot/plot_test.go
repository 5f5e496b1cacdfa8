package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCommitted: the page and the picture are what the results in the repository
// give.
func TestCommitted(t *testing.T) {
	const docs = "../../docs"
	files, err := generate("../results", docs)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not made of the results that are there; in bench: go run ./plot", name)
		}
	}
}

const output = `goos: linux
BenchmarkVerify/format=linktree/size=1024/v=hmac-reused-2   	 100	  1000 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/format=linktree/size=1024/v=hooklatch-2   	 100	  1300 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/format=linktree/size=1024/v=hooklatch-2   	 100	  1100 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/format=linktree/size=1024/v=hooklatch-2   	 100	  1150 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/format=slack/size=1024/v=hmac-reused-2   	 100	  1000 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/format=slack/size=1024/v=hooklatch-2   	 100	  2200 ns/op	 0 B/op	 0 allocs/op
BenchmarkVerify/format=slack/size=1024/v=slack-go-2   	 100	  2000 ns/op	 0 B/op	 9 allocs/op
BenchmarkLoad/size=1024/v=express 	   20000	    240000 cpu-ns/req	 3000 req/s
BenchmarkLoad/size=1024/v=hooklatch-typed 	   20000	    30000 cpu-ns/req	 9000 req/s
PASS
`

func parsed(t *testing.T) results {
	t.Helper()
	r := make(results)
	if err := r.read(output, ""); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRead(t *testing.T) {
	r := parsed(t)
	for _, tt := range []struct {
		name, unit string
		want       float64
		ok         bool
	}{
		{"Verify/format=linktree/size=1024/v=hooklatch", "ns/op", 1150, true},
		{"Load/size=1024/v=express", "cpu-ns/req", 240000, true},
		{"Load/size=1024/v=express", "req/s", 3000, true},
		{"Load/size=1024/v=express", "ns/op", 0, false},
		{"Load/size=200/v=express", "req/s", 0, false},
	} {
		if got, ok := r.median(tt.name, tt.unit); got != tt.want || ok != tt.ok {
			t.Errorf("%s, %s: %v, %v, want %v, %v", tt.name, tt.unit, got, ok, tt.want, tt.ok)
		}
	}
	if err := r.read("BenchmarkX-2 1 one ns/op\n", ""); err == nil {
		t.Error("no number: no error")
	}
}

func TestMedianOfTwo(t *testing.T) {
	r := results{"X": {"ns/op": {4, 1}}}
	if got, _ := r.median("X", "ns/op"); got != 2.5 {
		t.Errorf("median %v, want 2.5", got)
	}
}

func TestTargets(t *testing.T) {
	table := parsed(t).targets()
	for _, want := range []string{
		"| Verify, 1 KiB, to a reused HMAC | ≤ 1.20× | 1.15× | met |",
		"| Verify, 1 KiB, to the fastest peer's for the same format, at worst | ≤ 1.00× | 1.10× | **missed** |",
		"| Load, 1 KiB, Express to hooklatch with encoding/json | ≥ 6.00× | 8.00× | met |",
		"| Verify, 200 B, to a reused HMAC | ≤ 1.45× | – | not measured |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no line %q in\n%s", want, table)
		}
	}
}

func TestReplace(t *testing.T) {
	got, err := replace("a\n<!-- x -->\nold\n<!-- /x -->\nb\n", "x", "new\n")
	if want := "a\n<!-- x -->\nnew\n<!-- /x -->\nb\n"; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if _, err := replace("a", "x", "new"); err == nil {
		t.Error("no place for it: no error")
	}
}

// TestChart: the picture is XML, and has a bar for each server that was
// measured.
func TestChart(t *testing.T) {
	bars := 0
	for d := xml.NewDecoder(strings.NewReader(parsed(t).chart())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 2 {
		t.Errorf("%d bars, want 2", bars)
	}
}

func TestTable(t *testing.T) {
	r := parsed(t)
	want := `| server | processor time per request, 1 KiB | requests/s, 1 KiB | peak memory, 1 KiB |
|---|---:|---:|---:|
| hooklatch, encoding/json | 30 µs | 9000 | – |
| Express 5, JSON.parse | 240 µs (8.00×) | 3000 | – |
`
	if got := r.load(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := r.attack(), "Not measured yet.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormat(t *testing.T) {
	for ns, want := range map[float64]string{0: "0 ns", 7.251: "7.25 ns", 96.4: "96.4 ns", 2: "2 ns", 999: "999 ns", 1234: "1.23 µs", 45678: "45.7 µs", 1234567: "1.23 ms", 1.5e9: "1500 ms"} {
		if got := duration(ns); got != want {
			t.Errorf("duration(%v) = %q, want %q", ns, got, want)
		}
	}
	for bytes, want := range map[string]string{"200": "200 B", "1024": "1 KiB", "65536": "64 KiB", "1048576": "1 MiB", "1500": "1500 B"} {
		if got := size(bytes); got != want {
			t.Errorf("size(%s) = %q, want %q", bytes, got, want)
		}
	}
	for n, want := range map[string]string{"1": "1 secret", "100": "100 secrets", "1000000": "1,000,000 secrets", "stale": "stale"} {
		if got := label("secrets", n); got != want {
			t.Errorf("label(%s) = %q, want %q", n, got, want)
		}
	}
}
