package main

import (
	"fmt"
	"html"
	"strings"
)

// style is readable on white and on black: the background is left to the page.
const style = `<style>
text { font: 13px -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2328 }
.ours { fill: #0969da } .floor { fill: #8c959f } .other { fill: #bf8700 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .ours { fill: #4493f8 } .floor { fill: #656c76 } .other { fill: #d29922 }
}
</style>
`

// chart draws the processor time of whole servers for a body of 1 KiB: a bar
// each, from zero, with its time behind it.
func (r results) chart() string {
	const (
		unit             = "cpu-ns/req"
		left, full, step = 270, 400, 25 // where bars begin, the longest, one below the other
	)
	name1KiB := func(v string) string { return named("Load", "size", v)("1024") }
	longest := 0.0
	for _, v := range receivers {
		ns, _ := r.median(name1KiB(v), unit)
		longest = max(longest, ns)
	}
	var bars strings.Builder
	y := 8
	for _, v := range receivers {
		ns, ok := r.median(name1KiB(v), unit)
		if !ok {
			continue
		}
		kind := "other"
		switch {
		case strings.HasPrefix(v, "hooklatch"):
			kind = "ours"
		case v == "bare" || v == "floor":
			kind = "floor"
		}
		length := max(1, full*ns/longest)
		fmt.Fprintf(&bars, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", left-8, y+14, html.EscapeString(name(v)))
		fmt.Fprintf(&bars, `<rect class="%s" x="%d" y="%d" width="%.1f" height="18" rx="2"/>`+"\n", kind, left, y, length)
		fmt.Fprintf(&bars, `<text x="%.1f" y="%d">%s</text>`+"\n", left+length+6, y+14, duration(ns))
		y += step
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%s">
%s%s</svg>
`, left+full+80, y, "Processor time of whole servers per delivery of 1 KiB, as in the table", style, bars.String())
}
