// Report runs the adapters' conformance suite over the usual ways to put
// net/http middleware into gin and echo, beside this repository's adapters, and
// prints which behaviours they do not all get right as a Markdown table: "lost"
// where a delivery that had not taken effect was acknowledged, a dash where
// something else was wrong. The rows leave out what only the naive shim gets
// wrong. With -all it prints all behaviours, with -v also what went wrong.
//
// The programs are those of the adapters' own suites, whose test files other
// modules can't import.
//
//	cd adapters/internal/report && GOWORK=off go run .
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
)

// A subject is a way to use the layers in a framework.
type subject struct {
	name  string
	build adaptertest.Framework
	floor bool // fails nearly everything: does not count when rows are chosen
}

func main() {
	all := flag.Bool("all", false, "print all behaviours")
	verbose := flag.Bool("v", false, "print what went wrong")
	flag.Parse()
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))

	subjects := []subject{
		{"hookgin", ginApp(hookginWrap, hookginMount), false},
		{"hookecho", echoApp(hookechoWrap, hookechoMount), false},
		{"hookechov4", echoV4App(hookechoV4Wrap, hookechoV4Mount), false},
		{"gin-adapter", ginApp(ginAdapterWrap, gin.WrapH), false},
		{"echo v5's wrapper", echoApp(wrapMiddleware, wrapHandler), false},
		{"echo v4's wrapper", echoV4App(wrapMiddlewareV4, wrapHandlerV4), false},
		{"naive gin shim", ginApp(naiveWrap, gin.WrapH), true},
	}
	results := make([][]adaptertest.Result, len(subjects))
	for i, s := range subjects {
		results[i] = adaptertest.Try(s.build)
	}
	table(subjects, results, *all)
	if *verbose {
		for i, s := range subjects {
			explain(s.name, results[i])
		}
	}
}

func table(subjects []subject, results [][]adaptertest.Result, all bool) {
	fmt.Print("| behaviour |")
	for _, s := range subjects {
		fmt.Printf(" %s |", s.name)
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat(":-:|", len(subjects)))
	passed, lost := make([]int, len(subjects)), make([]int, len(subjects))
	for row, first := range results[0] {
		line, differ := "", all
		for i, s := range subjects {
			mark := "✓"
			switch r := results[i][row]; {
			case r.Lost:
				mark = "lost"
				lost[i]++
			case len(r.Problems) > 0:
				mark = "–"
			default:
				passed[i]++
			}
			differ = differ || mark != "✓" && !s.floor
			line += " " + mark + " |"
		}
		if differ {
			fmt.Printf("| %s |%s\n", first.Behaviour, line)
		}
	}
	fmt.Printf("| **of all %d** |", len(results[0]))
	for _, n := range passed {
		fmt.Printf(" **%d** |", n)
	}
	fmt.Print("\n| events lost |")
	for _, n := range lost {
		fmt.Printf(" %d |", n)
	}
	fmt.Println()
}

func explain(name string, results []adaptertest.Result) {
	for _, r := range results {
		for _, problem := range r.Problems {
			fmt.Fprintf(os.Stderr, "%s: %s: %s\n", name, r.Behaviour, problem)
		}
	}
}
