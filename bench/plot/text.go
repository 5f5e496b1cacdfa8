package main

import (
	"fmt"
	"math"
	"strconv"
)

// duration formats nanoseconds with three digits.
func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return digits(ns) + " ns"
	case ns < 1e6:
		return digits(ns/1e3) + " µs"
	}
	return digits(ns/1e6) + " ms"
}

// digits formats a number with three digits, or all of its integer part; whole
// numbers as such.
func digits(x float64) string {
	if x == math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	places := max(0, 2-int(math.Floor(math.Log10(math.Abs(x)))))
	return strconv.FormatFloat(x, 'f', min(places, 2), 64)
}

// size formats a body's size.
func size(bytes string) string {
	n, err := strconv.Atoi(bytes)
	switch {
	case err != nil:
		return bytes
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// names says what the variants are. Where a body is decoded, the codec is a part
// of the name.
var names = map[string]string{
	"bare":             "bare net/http",
	"floor":            "bare net/http and one HMAC",
	"hooklatch":        "hooklatch, not decoded",
	"hooklatch-lru":    "hooklatch, not decoded, LRU store",
	"hooklatch-typed":  "hooklatch, encoding/json",
	"hooklatch-jsonv2": "hooklatch, encoding/json (jsonv2)",
	"hooklatch-gojson": "hooklatch, goccy/go-json",
	"handwritten":      "hand-written Go, encoding/json",
	"express":          "Express 5, JSON.parse",
	"fastify":          "Fastify 5, JSON.parse",
	"hmac-reused":      "bare HMAC, reused",
	"hmac-new":         "bare HMAC, new each time",
}

func name(v string) string {
	if n := names[v]; n != "" {
		return n
	}
	return v
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
	unit := map[string]string{"secrets": "secret", "types": "type", "conns": "connection", "goroutines": "goroutine", "ids": "id"}[parameter]
	switch {
	case unit == "":
		return text
	case n == 1:
		return text + " " + unit
	}
	return text + " " + unit + "s"
}
