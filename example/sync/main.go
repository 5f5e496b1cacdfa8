// Sync mirrors a creator's links into a local table: webhooks change it, and
// the API's client fills in what webhooks have not told, as after an outage.
//
//	go run ./example/sync
//
// tells how, with a fake Linktree in the same process: it registers a webhook,
// has changes arrive, overtake each other and get lost, and exits with 0 if
// the table is equal to the creator's links all the same.
//
//	export LINKTREE_API_TOKEN=… LINKTREE_WEBHOOK_SECRET=…
//	export LINKTREE_WEBHOOK_URL=https://app.example.org/webhooks/linktree
//	go run ./example/sync -listen :8080
//
// mirrors the links of the token's account until SIGTERM. It receives webhooks
// at /webhooks/linktree, and shows the table at /links as JSON, to the web
// pages of -origin too.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/hooklatch/hooklatch/redact"
)

const (
	tokenVar  = "LINKTREE_API_TOKEN"
	secretVar = "LINKTREE_WEBHOOK_SECRET" // several are separated by commas
	urlVar    = "LINKTREE_WEBHOOK_URL"
)

func main() {
	var c config
	listen := flag.String("listen", "", "mirror for real, and serve on this `address`")
	origins := flag.String("origin", "", "with -listen: web `origins` that may read the table, separated by commas")
	flag.StringVar(&c.api, "api", "", "with -listen: the API's base `URL`, if it is not Linktree's")
	flag.BoolVar(&c.insecure, "insecure", false, "with -listen: permit what only development may do, such as http URLs")
	flag.DurationVar(&c.settle, "settle", defaultSettle, "with -listen: how long after a change the list is read")
	flag.DurationVar(&c.every, "every", defaultEvery, "with -listen: how often it is read without one, and the subscription looked after")
	flag.Parse()
	if flag.NArg() > 0 || c.settle <= 0 || c.every <= 0 || *listen == "" && flag.NFlag() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if *listen == "" {
		err = tell(ctx, os.Stdout)
	} else {
		c.token, c.webhookURL = os.Getenv(tokenVar), os.Getenv(urlVar)
		c.secrets = strings.Split(os.Getenv(secretVar), ",")
		if *origins != "" {
			c.origins = strings.Split(*origins, ",")
		}
		err = serve(ctx, *listen, c, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sync:", err)
		os.Exit(1)
	}
}

// serve is the program for real.
func serve(ctx context.Context, addr string, c config, logs io.Writer) error {
	c.logger = newLogger(logs)
	a, err := newApp(c)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(logs, "receiving on http://%[1]s%[2]s, showing on http://%[1]s%[3]s\n", listener.Addr(), webhookPath, linksPath)
	return a.serve(ctx, listener)
}

// newLogger returns a logger that lets no token and no personal data out,
// whatever is in the errors that others hand it.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(redact.NewHandler(slog.NewJSONHandler(w, nil), nil))
}
