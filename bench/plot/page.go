package main

import (
	"fmt"
	"slices"
	"strings"
)

// receivers are the rows of the tables of receivers.
var receivers = []string{"bare", "floor", "hooklatch", "hooklatch-lru", "hooklatch-gojson", "hooklatch-jsonv2", "hooklatch-typed", "handwritten", "fastify", "express"}

// formats are the rows of verify.
var formats = []struct {
	name string
	who  []string
}{
	{"linktree", []string{"hmac-reused", "hmac-new", "hooklatch"}},
	{"standard-webhooks", []string{"hooklatch", "standard-webhooks", "svix"}},
	{"stripe", []string{"hooklatch", "stripe-go"}},
	{"github", []string{"hooklatch", "go-github", "go-playground"}},
	{"slack", []string{"hooklatch", "slack-go"}},
}

// verify compares libraries, format by format.
func (r results) verify() string {
	var rows []row
	for _, f := range formats {
		for _, v := range f.who {
			bench := "Verify/format=" + f.name
			x := row{label: f.name + ", " + name(v), name: named(bench, "size", v), base: named(bench, "size", "hmac-reused")}
			if v == "hooklatch" {
				x.label = "**" + f.name + ", hooklatch**"
			}
			rows = append(rows, x)
		}
	}
	return r.table("format, by whom", rows, append(r.across("Verify", "size", "", "ns/op"),
		column{"allocations at 1 KiB", "1024", "allocs/op"}))
}

// receive compares receivers in one of the benchmarks that have body sizes.
func (r results) receive(bench, unit string) string {
	return r.table("receiver", variants(bench, "size", "bare", receivers...),
		append(r.across(bench, "size", "", unit), r.across(bench, "size", "allocations, ", "allocs/op")...))
}

// load compares whole servers.
func (r results) load() string {
	return r.table("server", variants("Load", "size", "hooklatch-typed", receivers...), slices.Concat(
		r.across("Load", "size", "processor time per request, ", "cpu-ns/req"),
		r.across("Load", "size", "requests/s, ", "req/s"),
		[]column{{"peak memory, 1 KiB", "1024", "peak-MiB"}}))
}

// growth shows how costs grow.
func (r results) growth() string {
	var b strings.Builder
	section := func(title, text string, rows []row, columns []column) {
		fmt.Fprintf(&b, "**%s.** %s\n\n%s\n", title, text, r.table("", rows, columns))
	}
	var secrets []row
	for _, s := range r.values("Secrets/", "size") {
		bench := "Secrets/size=" + s
		one := func(string) string { return named(bench, "secrets", "hooklatch")("1") }
		secrets = append(secrets, row{label: label("size", s), name: named(bench, "secrets", "hooklatch"), base: one})
	}
	section("Secrets", "Verify, all requests signed with the oldest secret.", secrets, r.across("Secrets", "secrets", "", "ns/op"))
	section("Event types", "The router alone, all types in turn.",
		variants("Route", "types", "", "hooklatch"), r.across("Route", "types", "", "ns/op"))
	section("Bodies", "The receiver in process.",
		variants("Body", "size", "bare", "bare", "hooklatch", "hooklatch-typed"), r.across("Body", "size", "", "ns/op"))
	section("Connections", "Processor time of server and client, 1 KiB.",
		variants("Connections", "conns", "bare", "bare", "hooklatch", "hooklatch-typed", "handwritten"), r.across("Connections", "conns", "", "cpu-ns/op"))
	section("Refused by the headers alone", "In process, beside the shortest answer that net/http has.",
		variants("Refused", "why", "", "http.Error", "hooklatch"),
		append(r.across("Refused", "why", "", "ns/op"), r.across("Refused", "why", "allocations, ", "allocs/op")...))
	section("Claim and complete", "100,000 ids are remembered, and each new one pushes one out.",
		variants("Store", "goroutines", "", "lru", "memory"), r.across("Store", "goroutines", "", "ns/op"))
	section("Remembered ids", "The store is full of them. The collector's share is that of a program which does nothing but claim and complete.",
		r.remembered(), []column{
			{"heap per id", "", "B/id"},
			{"claim and complete", "", "ns/op"},
			{"one collection", "", "gc-ms"},
			{"the collector's share", "", "gc-%"},
		})
	return strings.TrimSuffix(b.String(), "\n")
}

func (r results) remembered() (rows []row) {
	for _, n := range r.values("Remembered/", "ids") {
		for _, v := range []string{"lru", "memory"} {
			rows = append(rows, row{label: label("ids", n) + ", " + v, name: func(string) string {
				return named("Remembered", "ids", v)(n)
			}})
		}
	}
	return rows
}

// attack shows what connections cost.
func (r results) attack() string {
	var rows []row
	for _, a := range []struct{ name, says string }{
		{"idle", "nothing is sent"},
		{"silent", "1 MiB is declared, nothing of it comes"},
		{"drip", "1 MiB is declared, a byte comes each second"},
		{"all-but-one", "1 MiB is declared, all but a byte of it comes"},
	} {
		bench := "Attack/attack=" + a.name
		for _, n := range r.values(bench+"/", "conns") {
			for _, v := range []string{"bare", "handwritten", "hooklatch"} {
				who, _, _ := strings.Cut(name(v), ",")
				rows = append(rows, row{label: a.says + ", " + label("conns", n) + ": " + who, name: func(string) string {
					return named(bench, "conns", v)(n)
				}})
			}
		}
	}
	return r.table("attack", rows, []column{{"peak", "", "peak-MiB"}, {"per connection", "", "KiB/conn"}})
}
