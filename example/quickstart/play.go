package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const line = "%s %-39s %-54s %s\n"

// play starts a receiver, sends it a provider's day, and tells whether all of
// it came out as promised.
func play(ctx context.Context, out io.Writer) error {
	// Made up at every start: only this program can sign with it.
	scheme, err := provider.Linktree(newSecret())
	if err != nil {
		return err
	}
	app := new(app)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	hook := middleware.NewEndpoint("quickstart", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	server := &http.Server{
		Handler:           linktree.Receiver(hook, scheme, lru.New(nil), app.routes(), nil),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()      // nothing is left in hand

	p := &sender{url: "http://" + listener.Addr().String() + path, scheme: scheme}
	fmt.Fprintf(out, "A receiver on %s, and a provider that sends:\n\n", p.url)
	fmt.Fprintf(out, line, " ", "SENT", "ANSWER", "WHAT THE HANDLER SAW")
	scenes, odd := scenes(), 0
	for _, s := range scenes {
		answers, err := s.send(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		got, seen := strings.Join(answers, ", "), app.seen()
		mark := "✓"
		if got != s.answer || seen != s.seen {
			mark = "✗"
			odd++
		}
		fmt.Fprintf(out, line, mark, s.name, got, seen)
		if mark == "✗" {
			fmt.Fprintf(out, line, " ", "  expected:", s.answer, s.seen)
		}
	}
	fmt.Fprintf(out, "\n%d of %d as promised: every genuine delivery took effect once, and nothing else took effect at all.\n",
		len(scenes)-odd, len(scenes))
	if odd > 0 {
		return fmt.Errorf("%d of %d came out otherwise", odd, len(scenes))
	}
	fmt.Fprintf(out, "\nTo receive yourself:\n\n  export %[1]s=choose-one\n  go run ./example/quickstart -listen 127.0.0.1:8080\n\nand from another shell, with the same %[1]s:\n\n%[2]s\n",
		secretVar, tryLine("127.0.0.1:8080"))
	return nil
}
