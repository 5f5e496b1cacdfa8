package main

import (
	"fmt"
	"strings"
)

const missing = "–"

// verify compares who verifies, format by format.
func (r results) verify() string {
	sizes := r.values("Verify/", "size")
	t := table{head: []string{"format, by whom"}}
	for _, s := range sizes {
		t.head = append(t.head, size(s))
	}
	t.head = append(t.head, "allocations at 1 KiB")
	for _, f := range formats {
		for _, v := range f.who {
			row := []string{f.name + ", " + name(v)}
			if v == "hooklatch" {
				row[0] = "**" + f.name + ", hooklatch**"
			}
			for _, s := range sizes {
				prefix := fmt.Sprintf("Verify/format=%s/size=%s/v=", f.name, s)
				row = append(row, r.cell(prefix+v, prefix+"hmac-reused", "ns/op"))
			}
			row = append(row, r.number(fmt.Sprintf("Verify/format=%s/size=1024/v=%s", f.name, v), "allocs/op"))
			t.add(row...)
		}
	}
	return t.String()
}

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

// cell is a time, and how many times another one it is.
func (r results) cell(what, base, unit string) string {
	v, ok := r.median(what, unit)
	if !ok {
		return missing
	}
	if x, ok := r.ratio(what, base, unit); ok && what != base {
		return fmt.Sprintf("%s (%.2f×)", duration(v), x)
	}
	return duration(v)
}

func (r results) number(what, unit string) string {
	v, ok := r.median(what, unit)
	if !ok {
		return missing
	}
	return digits(v)
}

// receivers are the rows of the tables of receivers.
var receivers = []string{"bare", "floor", "hooklatch", "hooklatch-lru", "hooklatch-gojson", "hooklatch-jsonv2", "hooklatch-typed", "handwritten", "fastify", "express"}

// receive compares receivers in one of the benchmarks that have body sizes.
func (r results) receive(bench, unit string) string {
	sizes := r.values(bench+"/", "size")
	t := table{head: []string{"receiver"}}
	for _, s := range sizes {
		t.head = append(t.head, size(s))
	}
	for _, s := range sizes {
		t.head = append(t.head, "allocations, "+size(s))
	}
	for _, v := range receivers {
		row, some := []string{name(v)}, false
		for _, s := range sizes {
			what, base := r.receiver(bench, s, v)
			row = append(row, r.cell(what, base, unit))
			some = some || r.rounds(what, unit) > 0
		}
		for _, s := range sizes {
			what, _ := r.receiver(bench, s, v)
			row = append(row, r.number(what, "allocs/op"))
		}
		if some {
			t.add(row...)
		}
	}
	return t.String()
}

// receiver returns the names of a benchmark and of the bare one in the same
// build.
func (r results) receiver(bench, size, v string) (what, base string) {
	prefix := fmt.Sprintf("%s/size=%s/v=", bench, size)
	if v == "hooklatch-jsonv2" {
		return "jsonv2:" + prefix + "hooklatch-typed", "jsonv2:" + prefix + "bare"
	}
	return prefix + v, prefix + "bare"
}

// load compares whole servers.
func (r results) load() string {
	sizes := r.values("Load/", "size")
	t := table{head: []string{"server"}}
	for _, s := range sizes {
		t.head = append(t.head, "processor time per request, "+size(s))
	}
	for _, s := range sizes {
		t.head = append(t.head, "requests/s, "+size(s))
	}
	t.head = append(t.head, "peak memory, 1 KiB")
	for _, v := range receivers {
		row, some := []string{name(v)}, false
		for _, s := range sizes {
			what := fmt.Sprintf("Load/size=%s/v=%s", s, v)
			row = append(row, r.cell(what, fmt.Sprintf("Load/size=%s/v=hooklatch-typed", s), "cpu-ns/req"))
			some = some || r.rounds(what, "cpu-ns/req") > 0
		}
		for _, s := range sizes {
			row = append(row, r.number(fmt.Sprintf("Load/size=%s/v=%s", s, v), "req/s"))
		}
		if peak := r.number("Load/size=1024/v="+v, "peak-MiB"); peak != missing {
			row = append(row, peak+" MiB")
		} else {
			row = append(row, missing)
		}
		if some {
			t.add(row...)
		}
	}
	return t.String()
}

// attack shows what connections cost.
func (r results) attack() string {
	t := table{head: []string{"attack", "connections", "receiver", "peak", "per connection"}}
	for _, a := range []struct{ name, says string }{
		{"idle", "nothing is sent"},
		{"silent", "1 MiB is declared, nothing of it comes"},
		{"drip", "1 MiB is declared, a byte comes each second"},
		{"all-but-one", "1 MiB is declared, all but a byte of it comes"},
	} {
		for _, n := range r.values("Attack/attack="+a.name+"/", "conns") {
			for _, v := range []string{"bare", "handwritten", "hooklatch"} {
				what := fmt.Sprintf("Attack/attack=%s/conns=%s/v=%s", a.name, n, v)
				who, _, _ := strings.Cut(name(v), ",")
				t.add(a.says, label("", n), who, r.number(what, "peak-MiB")+" MiB", r.number(what, "KiB/conn")+" KiB")
			}
		}
	}
	return t.String()
}
