// Quickstart receives Linktree webhooks in front of your eyes.
//
//	go run ./example/quickstart
//
// starts a receiver on a free loopback port and plays the provider against it
// over real HTTP: genuine events, forged and stale ones, duplicates, a handler
// that fails once. It prints a line for each, and exits with 0 if everything
// came out as it should.
//
//	LINKTREE_WEBHOOK_SECRET=… go run ./example/quickstart -listen :8080
//
// serves POST /webhooks/linktree instead, until SIGTERM: a JSON line on stdout
// for each handled event, logs on stderr.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const path = "/webhooks/linktree"

func main() {
	listen := flag.String("listen", "", "serve on this `address` instead of playing")
	fail := flag.Int("fail", 0, "with -listen: fail the first `N` deliveries whose data holds \"fail\": true")
	flag.Parse()
	if flag.NArg() > 0 || *fail < 0 || (*fail > 0 && *listen == "") {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *listen == "" {
		err = play(ctx, os.Stdout)
	} else {
		err = serve(ctx, *listen, *fail)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}
