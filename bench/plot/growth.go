package main

import (
	"fmt"
	"strconv"
	"strings"
)

// growth shows how costs grow.
func (r results) growth() string {
	var b strings.Builder
	section := func(title, text, table string) {
		fmt.Fprintf(&b, "**%s.** %s\n\n%s\n", title, text, table)
	}
	section("Secrets", "Verify, all requests signed with the oldest secret.", r.grow("Secrets/size=%s", "size", "secrets", "hooklatch"))
	section("Event types", "The router alone, all types in turn.", r.line("Route", "types", "hooklatch"))
	section("Bodies", "The receiver in process.", r.line("Body", "size", "bare", "hooklatch", "hooklatch-typed"))
	section("Connections", "Processor time of server and client, 1 KiB.", r.connections())
	section("Refused by the headers alone", "In process, beside the shortest answer that net/http has.", r.line("Refused", "why", "http.Error", "hooklatch"))
	section("Claim and complete", "100,000 ids are remembered, and each new one pushes one out.", r.line("Store", "goroutines", "lru", "slab"))
	section("Remembered ids", "The store is full of them. The collector's share is that of a program which does nothing but claim and complete.", r.remembered())
	return strings.TrimSuffix(b.String(), "\n")
}

// line has a column for each value of the parameter, and a row for each variant.
func (r results) line(bench, parameter string, variants ...string) string {
	values := r.values(bench+"/", parameter)
	t := table{head: []string{""}}
	for _, v := range values {
		t.head = append(t.head, label(parameter, v))
	}
	for _, v := range variants {
		row, some := []string{name(v)}, false
		if len(variants) == 1 || parameter == "why" {
			row[0] = v // nothing is decoded anyway
		}
		for _, x := range values {
			what := fmt.Sprintf("%s/%s=%s/v=%s", bench, parameter, x, v)
			base := fmt.Sprintf("%s/%s=%s/v=bare", bench, parameter, x)
			cell := r.cell(what, base, "ns/op")
			if n, ok := r.median(what, "allocs/op"); ok && parameter == "why" {
				cell += ", " + digits(n) + " allocations"
			}
			some = some || cell != missing
			row = append(row, cell)
		}
		if some {
			t.add(row...)
		}
	}
	return t.String()
}

// grow has a row for each value of outer, and compares with the first column.
func (r results) grow(pattern, outer, parameter, v string) string {
	bench, _, _ := strings.Cut(pattern, "/")
	values := r.values(bench+"/", parameter)
	t := table{head: []string{""}}
	for _, x := range values {
		t.head = append(t.head, label(parameter, x))
	}
	for _, o := range r.values(bench+"/", outer) {
		prefix := fmt.Sprintf(pattern, o)
		row := []string{label(outer, o)}
		for _, x := range values {
			row = append(row, r.cell(
				fmt.Sprintf("%s/%s=%s/v=%s", prefix, parameter, x, v),
				fmt.Sprintf("%s/%s=%s/v=%s", prefix, parameter, values[0], v), "ns/op"))
		}
		t.add(row...)
	}
	return t.String()
}

func (r results) connections() string {
	values := r.values("Connections/", "conns")
	t := table{head: []string{""}}
	for _, x := range values {
		t.head = append(t.head, label("conns", x))
	}
	for _, v := range []string{"bare", "hooklatch", "hooklatch-typed", "handwritten"} {
		row := []string{name(v)}
		for _, x := range values {
			prefix := "Connections/conns=" + x + "/v="
			row = append(row, r.cell(prefix+v, prefix+"bare", "cpu-ns/op"))
		}
		t.add(row...)
	}
	return t.String()
}

func (r results) remembered() string {
	values := r.values("Remembered/", "ids")
	t := table{head: []string{"ids", "store", "heap per id", "claim and complete", "one collection", "the collector's share"}}
	for _, n := range values {
		for _, v := range []string{"lru", "slab"} {
			what := fmt.Sprintf("Remembered/ids=%s/v=%s", n, v)
			ms, ok := r.median(what, "gc-ms")
			if !ok {
				continue
			}
			share := r.number(what, "gc-%")
			if share != missing {
				share += " %"
			}
			t.add(label("", n), v, r.number(what, "B/id")+" B", r.cell(what, what, "ns/op"), duration(ms*1e6), share)
		}
	}
	return t.String()
}

// label says a parameter's value.
func label(parameter, value string) string {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return value
	case parameter == "size":
		return size(value)
	}
	text := value
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	unit := map[string]string{"secrets": "secret", "types": "type", "conns": "connection", "goroutines": "goroutine"}[parameter]
	switch {
	case unit == "":
		return text
	case n == 1:
		return text + " " + unit
	}
	return text + " " + unit + "s"
}
