package main

import (
	"fmt"
	"strings"
)

const missing = "–"

// A row shows one subject in all columns.
type row struct {
	label string
	name  func(value string) string // the benchmark for a column's value
	base  func(value string) string // the one that times are compared with; nil if none
}

// A column shows one unit of the benchmarks that its value selects.
type column struct {
	head, value, unit string
}

// table returns rows and columns in Markdown, without rows that have not been
// measured.
func (r results) table(corner string, rows []row, columns []column) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s", corner)
	for _, c := range columns {
		fmt.Fprintf(&b, " | %s", c.head)
	}
	b.WriteString(" |\n|---" + strings.Repeat("|---:", len(columns)) + "|\n")
	empty := true
	for _, x := range rows {
		cells, measured := []string{x.label}, false
		for _, c := range columns {
			cell := r.cell(x, c)
			cells, measured = append(cells, cell), measured || cell != missing
		}
		if measured {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
			empty = false
		}
	}
	if empty {
		return "Not measured yet.\n"
	}
	return b.String()
}

// cell is a median in its unit; a time also as a multiple of the row's base.
func (r results) cell(x row, c column) string {
	name := x.name(c.value)
	v, ok := r.median(name, c.unit)
	if !ok {
		return missing
	}
	switch c.unit {
	case "ns/op", "cpu-ns/op", "cpu-ns/req":
		text := duration(v)
		if x.base != nil && x.base(c.value) != name {
			if times, ok := r.ratio(name, x.base(c.value), c.unit); ok {
				text += fmt.Sprintf(" (%.2f×)", times)
			}
		}
		return text
	case "gc-ms":
		return duration(v * 1e6)
	}
	return digits(v) + suffixes[c.unit]
}

var suffixes = map[string]string{"peak-MiB": " MiB", "KiB/conn": " KiB", "B/id": " B", "gc-%": " %"}

// across has a column of the unit for each value that the parameter has in the
// benchmark.
func (r results) across(bench, parameter, heading, unit string) (all []column) {
	for _, v := range r.values(bench+"/", parameter) {
		all = append(all, column{head: heading + label(parameter, v), value: v, unit: unit})
	}
	return all
}

// variants has a row for each variant of a benchmark whose names are
// bench/parameter=value/v=variant, compared with one of them, base. Without a
// base nothing is decoded, and a row's label need not say so.
func variants(bench, parameter, base string, names ...string) (all []row) {
	for _, v := range names {
		x := row{label: v, name: named(bench, parameter, v)}
		if base != "" {
			x.label, x.base = name(v), named(bench, parameter, base)
		}
		if v == "hooklatch-jsonv2" && bench != "Load" {
			// Compared within its own build.
			x.name = named("jsonv2:"+bench, parameter, "hooklatch-typed")
			x.base = named("jsonv2:"+bench, parameter, base)
		}
		all = append(all, x)
	}
	return all
}

func named(bench, parameter, v string) func(string) string {
	return func(value string) string { return fmt.Sprintf("%s/%s=%s/v=%s", bench, parameter, value, v) }
}
