package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const secretVar = "LINKTREE_WEBHOOK_SECRET"

// grace is how long a shutdown may take: a little less than the 30 seconds
// after which orchestrators kill.
const grace = 25 * time.Second

// serve receives on addr until ctx ends, and then finishes what is in hand.
func serve(ctx context.Context, addr string, failures int) error {
	scheme, err := provider.Linktree(strings.Split(os.Getenv(secretVar), ",")...)
	if err != nil {
		return fmt.Errorf("%s (several secrets are separated by commas): %w", secretVar, err)
	}
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	hook := middleware.NewEndpoint("quickstart", &middleware.EndpointOptions{Logger: logger})
	mux := new(dispatch.Mux)
	on := &printer{failures: failures}
	for _, typ := range linktree.EventTypes() {
		mux.Handle(typ, dispatch.JSON(on.handle))
	}
	routes := http.NewServeMux()
	routes.Handle(path, linktree.Receiver(hook, scheme, lru.New(nil), mux, &middleware.ReceiverOptions{
		Once: &middleware.OnceOptions{HandlerTimeout: grace - 5*time.Second},
	}))
	server := &http.Server{
		Handler:           routes,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "receiving on http://%s%s; to try it, with %s set:\n\n%s\n\n",
		listener.Addr(), path, secretVar, tryLine(listener.Addr().String()))

	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	logger.Info("shutting down: finishing what is in hand")
	bound, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	// First the server, which waits for answers, then the endpoint, which
	// waits until the last mark is in the store.
	if err := errors.Join(server.Shutdown(bound), hook.Shutdown(bound)); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// tryLine returns a command line that sends one signed event.
func tryLine(addr string) string {
	return `body='{"type":"link.created","data":{"link_id":"lnk_1","title":"My shop","url":"https://shop.example","position":0},"timestamp":"2026-01-02T15:04:05Z"}'; ` +
		`ts=$(date +%s); ` +
		`curl -i http://` + addr + path + ` --data-binary "$body" ` +
		`-H 'Content-Type: application/json' ` +
		`-H "X-Linktree-Delivery-Id: try-$ts" ` +
		`-H "X-Linktree-Timestamp: $ts" ` +
		`-H "X-Linktree-Signature: $(printf '%s.%s' "$ts" "$body" | openssl dgst -sha256 -hmac "${` + secretVar + `%%,*}" -r | cut -d' ' -f1)"`
}

// A printer handles events by printing them, after the failures it was asked
// for.
type printer struct {
	mu       sync.Mutex
	failures int
}

func (p *printer) handle(_ context.Context, e dispatch.Event[struct{ Fail bool }]) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Data.Fail && p.failures > 0 {
		p.failures--
		return errors.New("failing, as asked")
	}
	return json.NewEncoder(os.Stdout).Encode(struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}{e.Type, e.ID})
}
