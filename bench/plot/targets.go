package main

import (
	"fmt"
	"slices"
	"strings"
)

// A target is a limit that the project has set itself.
type target struct {
	what  string
	limit float64
	unit  string
	least bool // the limit is a lower one
	got   func(results) (float64, bool)
}

// ratio is a target for the quotient of two benchmarks.
func ratio(what string, limit float64, a, b, unit string) target {
	return target{what: what, limit: limit, unit: "×", got: func(r results) (float64, bool) { return r.ratio(a, b, unit) }}
}

// value is a target for a benchmark.
func value(what string, limit float64, name, unit, shown string) target {
	return target{what: what, limit: limit, unit: shown, got: func(r results) (float64, bool) { return r.median(name, unit) }}
}

// targets are all of them, in the order of the table.
func targets() []target {
	return slices.Concat(verifyTargets(), receiveTargets(), loadTargets(), growthTargets())
}

func verifyTargets() (all []target) {
	const prefix = "Verify/format=linktree/size="
	for _, t := range []struct {
		size  string
		limit float64
	}{{"200", 1.45}, {"1024", 1.20}, {"4096", 1.07}, {"65536", 1.01}, {"1048576", 1.01}} {
		all = append(all, ratio("Verify, "+size(t.size)+", to a reused HMAC", t.limit,
			prefix+t.size+"/v=hooklatch", prefix+t.size+"/v=hmac-reused", "ns/op"))
	}
	all = append(all, value("Verify, allocations", 0, prefix+"1024/v=hooklatch", "allocs/op", ""))
	for _, s := range []string{"200", "1024", "4096", "65536", "1048576"} {
		all = append(all, target{
			what: "Verify, " + size(s) + ", to the fastest peer's for the same format, at worst", limit: 1, unit: "×",
			got: func(r results) (float64, bool) { return r.worstToPeer(s) },
		})
	}
	return all
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

func receiveTargets() []target {
	more := target{what: "Serve, not decoded, 1 KiB, allocations more than bare net/http", got: func(r results) (float64, bool) {
		ours, ok := r.median("Serve/size=1024/v=hooklatch", "allocs/op")
		bare, ok2 := r.median("Serve/size=1024/v=bare", "allocs/op")
		return ours - bare, ok && ok2
	}}
	const h = "Handler/size="
	return []target{
		more,
		ratio("Handler, encoding/json, 1 KiB, to hand-written with the same", 0.70, h+"1024/v=hooklatch-typed", h+"1024/v=handwritten", "ns/op"),
		ratio("Handler, encoding/json, 16 KiB, to hand-written with the same", 0.60, h+"16384/v=hooklatch-typed", h+"16384/v=handwritten", "ns/op"),
	}
}

// loadTargets are for the processor time of servers alone.
func loadTargets() (all []target) {
	add := func(what, size, a, b string, limit float64) *target {
		prefix := "Load/size=" + size + "/v="
		all = append(all, ratio("Load, "+what, limit, prefix+a, prefix+b, "cpu-ns/req"))
		return &all[len(all)-1]
	}
	add("not decoded, 200 B, to bare net/http", "200", "hooklatch", "bare", 1.20)
	add("not decoded, 1 KiB, to bare net/http", "1024", "hooklatch", "bare", 1.25)
	add("not decoded, 16 KiB, to bare net/http", "16384", "hooklatch", "bare", 1.80)
	add("not decoded, 1 KiB, to bare net/http and one HMAC", "1024", "hooklatch", "floor", 1.25)
	add("encoding/json, 1 KiB, to bare net/http", "1024", "hooklatch-typed", "bare", 2.1)
	add("encoding/json with GOEXPERIMENT=jsonv2, 1 KiB, to bare net/http", "1024", "hooklatch-jsonv2", "bare", 1.65)
	add("200 B, Express to hooklatch with encoding/json", "200", "express", "hooklatch-typed", 9).least = true
	add("1 KiB, Express to hooklatch with encoding/json", "1024", "express", "hooklatch-typed", 6).least = true
	return all
}

func growthTargets() []target {
	return []target{
		value("LRU store, claim and complete, one goroutine", 600, "Store/goroutines=1/v=lru", "ns/op", "ns"),
		ratio("LRU store, two goroutines to one", 1, "Store/goroutines=2/v=lru", "Store/goroutines=1/v=lru", "ns/op"),
		value("Slab store, claim and complete, one goroutine", 600, "Store/goroutines=1/v=slab", "ns/op", "ns"),
		ratio("Slab store, two goroutines to one", 1, "Store/goroutines=2/v=slab", "Store/goroutines=1/v=slab", "ns/op"),
		value("Slab store, heap per id, at 1,000,000", 160, "Remembered/ids=1000000/v=slab", "B/id", "B"),
		value("LRU store, heap per id, at 1,000,000", 160, "Remembered/ids=1000000/v=lru", "B/id", "B"),
		ratio("Two secrets to one, 1 KiB", 1.05, "Secrets/size=1024/secrets=2/v=hooklatch", "Secrets/size=1024/secrets=1/v=hooklatch", "ns/op"),
		value("Routing and the call of a handler, 5,000 types in turn", 20, "Route/types=5000/v=hooklatch", "ns/op", "ns"),
		value("Refused, unsigned", 100, "Refused/why=unsigned/v=hooklatch", "ns/op", "ns"),
		value("Refused, stale", 100, "Refused/why=stale/v=hooklatch", "ns/op", "ns"),
		value("Refused, allocations", 0, "Refused/why=unsigned/v=hooklatch", "allocs/op", ""),
	}
}

// targets says which limits are kept.
func (r results) targets() string {
	t := table{head: []string{"target", "limit", "measured", ""}}
	for _, x := range targets() {
		sign := "≤"
		if x.least {
			sign = "≥"
		}
		show := func(v float64) string {
			text := digits(v)
			if x.unit == "×" {
				text = fmt.Sprintf("%.2f×", v)
			} else if x.unit != "" {
				text += " " + x.unit
			}
			return text
		}
		limit := sign + " " + show(x.limit)
		got, ok := x.got(r)
		if !ok {
			t.add(x.what, limit, missing, "not measured")
			continue
		}
		verdict := "met"
		if x.least && got < x.limit || !x.least && got > x.limit {
			verdict = "**missed**"
		}
		t.add(x.what, limit, show(got), verdict)
	}
	return t.String()
}
