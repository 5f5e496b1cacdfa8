package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// A bar is one of a chart.
type bar struct {
	label string
	value float64
	text  string // behind it
	kind  string // "ours", "floor" or "other"
}

// A panel is bars on one axis, which begins at zero.
type panel struct {
	title string
	unit  string
	bars  []bar
}

const (
	width     = 860
	labels    = 330 // where the bars begin
	barsWidth = 380
	barHeight = 18
	barStep   = 25
)

// style is readable on white and on black: the background is left to the page.
const style = `<style>
text { font: 13px -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.axis { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.ours { fill: #0969da } .floor { fill: #8c959f } .other { fill: #bf8700 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .axis { fill: #9198a1 } .grid { stroke: #3d444d }
.ours { fill: #4493f8 } .floor { fill: #656c76 } .other { fill: #d29922 }
}
</style>
`

// draw returns an SVG of the panels, one below the other.
func draw(description string, panels []panel) string {
	var b strings.Builder
	y := 10
	for _, p := range panels {
		if len(p.bars) > 0 {
			y = p.draw(&b, y)
		}
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%s">
%s%s</svg>
`, width, y, html.EscapeString(description), style, b.String())
}

// draw adds the panel at height y and returns where it ends.
func (p *panel) draw(b *strings.Builder, y int) int {
	most := 0.0
	for _, x := range p.bars {
		most = max(most, x.value)
	}
	step := tick(most)
	end := step * math.Ceil(most/step)
	at := func(v float64) float64 { return labels + barsWidth*v/end }

	fmt.Fprintf(b, `<text class="title" x="8" y="%d">%s</text>`+"\n", y+16, html.EscapeString(p.title))
	top := y + 28
	bottom := top + barStep*len(p.bars)
	for v := 0.0; v <= end+step/2; v += step {
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", at(v), at(v), top, bottom)
		fmt.Fprintf(b, `<text class="axis" x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", at(v), bottom+15, digitsShort(v))
	}
	fmt.Fprintf(b, `<text class="axis" x="%d" y="%d">%s</text>`+"\n", labels+barsWidth+32, bottom+15, html.EscapeString(p.unit))
	for i, x := range p.bars {
		line := top + barStep*i + (barStep-barHeight)/2
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", labels-8, line+14, html.EscapeString(x.label))
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`+"\n", x.kind, labels, line, max(1, at(x.value)-labels), barHeight)
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", at(x.value)+6, line+14, html.EscapeString(x.text))
	}
	return bottom + 34
}

// tick is the distance of the axis's marks: some five of them, at round numbers.
func tick(most float64) float64 {
	if most <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(most/4)))
	for _, m := range []float64{1, 2, 5} {
		if most/(m*power) <= 5 {
			return m * power
		}
	}
	return 10 * power
}

func digitsShort(v float64) string { return fmt.Sprintf("%g", math.Round(v*1000)/1000) }

func kind(v string) string {
	switch {
	case strings.HasPrefix(v, "hooklatch"):
		return "ours"
	case v == "bare", v == "floor", strings.HasPrefix(v, "hmac-"):
		return "floor"
	}
	return "other"
}

// loadChart shows a whole server's cost, by body size.
func (r results) loadChart() string {
	var panels []panel
	for _, s := range r.values("Load/", "size") {
		p := panel{title: "Processor time of the whole server per delivery, body of " + size(s), unit: "µs"}
		for _, v := range receivers {
			if ns, ok := r.median(fmt.Sprintf("Load/size=%s/v=%s", s, v), "cpu-ns/req"); ok {
				p.bars = append(p.bars, bar{name(v), ns / 1e3, duration(ns), kind(v)})
			}
		}
		panels = append(panels, p)
	}
	return draw("Processor time per delivery of whole servers under load, as in the table", panels)
}

// verifyChart shows what a verification costs, by body size.
func (r results) verifyChart() string {
	var panels []panel
	for _, s := range []string{"200", "1024", "4096"} {
		p := panel{title: "Verifying one request, body of " + size(s), unit: "µs"}
		for _, f := range formats {
			for _, v := range f.who {
				ns, ok := r.median(fmt.Sprintf("Verify/format=%s/size=%s/v=%s", f.name, s, v), "ns/op")
				if !ok {
					continue
				}
				label := f.name + ": " + v
				switch {
				case kind(v) == "floor":
					label = name(v)
				case v == "go-playground":
					label += ", with a decode"
				}
				p.bars = append(p.bars, bar{label, ns / 1e3, duration(ns), kind(v)})
			}
		}
		panels = append(panels, p)
	}
	return draw("Time to verify one request, as in the table", panels)
}
