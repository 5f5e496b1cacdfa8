package main

import (
	"fmt"
	"strings"
)

// A target is a limit that the project has set itself.
type target struct {
	what  string
	limit float64
	shown string // the unit; "×" for a quotient
	least bool   // the limit is a lower one
	got   func(results) (float64, bool)
}

// over measures the quotient of two benchmarks.
func over(a, b, unit string) func(results) (float64, bool) {
	return func(r results) (float64, bool) { return r.ratio(a, b, unit) }
}

// of measures a benchmark.
func of(name, unit string) func(results) (float64, bool) {
	return func(r results) (float64, bool) { return r.median(name, unit) }
}

// targets are all of them, in the order of the table.
func targets() (all []target) {
	const ours, hmac = "Verify/format=linktree/size=%s/v=hooklatch", "Verify/format=linktree/size=%s/v=hmac-reused"
	sizes := []string{"200", "1024", "4096", "65536", "1048576"}
	for i, limit := range []float64{1.45, 1.20, 1.07, 1.01, 1.01} {
		all = append(all, target{
			"Verify, " + size(sizes[i]) + ", to a reused HMAC", limit, "×", false,
			over(fmt.Sprintf(ours, sizes[i]), fmt.Sprintf(hmac, sizes[i]), "ns/op"),
		})
	}
	all = append(all, target{"Verify, allocations", 0, "", false, of(fmt.Sprintf(ours, "1024"), "allocs/op")})
	for _, s := range sizes {
		all = append(all, target{
			"Verify, " + size(s) + ", to the fastest peer's for the same format, at worst", 1, "×", false,
			func(r results) (float64, bool) { return r.worstToPeer(s) },
		})
	}
	return append(append(all, receiveTargets...), growthTargets...)
}

var receiveTargets = []target{
	{"Serve, not decoded, 1 KiB, allocations more than bare net/http", 0, "", false, func(r results) (float64, bool) {
		layers, ok := r.median("Serve/size=1024/v=hooklatch", "allocs/op")
		bare, ok2 := r.median("Serve/size=1024/v=bare", "allocs/op")
		return layers - bare, ok && ok2
	}},
	{"Handler, encoding/json, 1 KiB, to hand-written with the same", 0.70, "×", false, over("Handler/size=1024/v=hooklatch-typed", "Handler/size=1024/v=handwritten", "ns/op")},
	{"Handler, encoding/json, 16 KiB, to hand-written with the same", 0.60, "×", false, over("Handler/size=16384/v=hooklatch-typed", "Handler/size=16384/v=handwritten", "ns/op")},
	{"Load, not decoded, 200 B, to bare net/http", 1.20, "×", false, over("Load/size=200/v=hooklatch", "Load/size=200/v=bare", "cpu-ns/req")},
	{"Load, not decoded, 1 KiB, to bare net/http", 1.25, "×", false, over("Load/size=1024/v=hooklatch", "Load/size=1024/v=bare", "cpu-ns/req")},
	{"Load, not decoded, 16 KiB, to bare net/http", 1.80, "×", false, over("Load/size=16384/v=hooklatch", "Load/size=16384/v=bare", "cpu-ns/req")},
	{"Load, not decoded, 1 KiB, to bare net/http and one HMAC", 1.25, "×", false, over("Load/size=1024/v=hooklatch", "Load/size=1024/v=floor", "cpu-ns/req")},
	{"Load, encoding/json, 1 KiB, to bare net/http", 2.1, "×", false, over("Load/size=1024/v=hooklatch-typed", "Load/size=1024/v=bare", "cpu-ns/req")},
	{"Load, encoding/json with GOEXPERIMENT=jsonv2, 1 KiB, to bare net/http", 1.65, "×", false, over("Load/size=1024/v=hooklatch-jsonv2", "Load/size=1024/v=bare", "cpu-ns/req")},
	{"Load, 200 B, Express to hooklatch with encoding/json", 9, "×", true, over("Load/size=200/v=express", "Load/size=200/v=hooklatch-typed", "cpu-ns/req")},
	{"Load, 1 KiB, Express to hooklatch with encoding/json", 6, "×", true, over("Load/size=1024/v=express", "Load/size=1024/v=hooklatch-typed", "cpu-ns/req")},
}

var growthTargets = []target{
	{"LRU store, claim and complete, one goroutine", 600, "ns", false, of("Store/goroutines=1/v=lru", "ns/op")},
	{"LRU store, two goroutines to one", 1, "×", false, over("Store/goroutines=2/v=lru", "Store/goroutines=1/v=lru", "ns/op")},
	{"Memory store, claim and complete, one goroutine", 600, "ns", false, of("Store/goroutines=1/v=memory", "ns/op")},
	{"Memory store, two goroutines to one", 1, "×", false, over("Store/goroutines=2/v=memory", "Store/goroutines=1/v=memory", "ns/op")},
	{"Memory store, heap per id, at 1,000,000", 160, "B", false, of("Remembered/ids=1000000/v=memory", "B/id")},
	{"LRU store, heap per id, at 1,000,000", 160, "B", false, of("Remembered/ids=1000000/v=lru", "B/id")},
	{"Two secrets to one, 1 KiB", 1.05, "×", false, over("Secrets/size=1024/secrets=2/v=hooklatch", "Secrets/size=1024/secrets=1/v=hooklatch", "ns/op")},
	{"Routing and the call of a handler, 5,000 types in turn", 20, "ns", false, of("Route/types=5000/v=hooklatch", "ns/op")},
	{"Refused, unsigned", 100, "ns", false, of("Refused/why=unsigned/v=hooklatch", "ns/op")},
	{"Refused, stale", 100, "ns", false, of("Refused/why=stale/v=hooklatch", "ns/op")},
	{"Refused, allocations", 0, "", false, of("Refused/why=unsigned/v=hooklatch", "allocs/op")},
}

// worstToPeer is our time by the fastest peer's, in the format where it is
// largest.
func (r results) worstToPeer(size string) (worst float64, ok bool) {
	for _, f := range formats {
		for _, v := range f.who {
			if v == "hooklatch" || strings.HasPrefix(v, "hmac-") {
				continue
			}
			prefix := fmt.Sprintf("Verify/format=%s/size=%s/v=", f.name, size)
			if x, found := r.ratio(prefix+"hooklatch", prefix+v, "ns/op"); found {
				worst, ok = max(worst, x), true
			}
		}
	}
	return worst, ok
}

// targets says which limits are kept.
func (r results) targets() string {
	var b strings.Builder
	b.WriteString("| target | limit | measured |  |\n|---|---:|---:|---:|\n")
	for _, x := range targets() {
		sign := "≤"
		if x.least {
			sign = "≥"
		}
		measured, verdict := missing, "not measured"
		if got, ok := x.got(r); ok {
			measured, verdict = x.text(got), "met"
			if x.least && got < x.limit || !x.least && got > x.limit {
				verdict = "**missed**"
			}
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s | %s |\n", x.what, sign, x.text(x.limit), measured, verdict)
	}
	return b.String()
}

// text is a value in the target's unit.
func (x *target) text(v float64) string {
	switch x.shown {
	case "":
		return digits(v)
	case "×":
		return fmt.Sprintf("%.2f×", v)
	}
	return digits(v) + " " + x.shown
}
