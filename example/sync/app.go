package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/transport"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// Where things are.
const (
	webhookPath = "/webhooks/linktree"
	linksPath   = "/links"
)

const (
	defaultSettle = 10 * time.Second
	defaultEvery  = 15 * time.Minute
)

// A config is what an operator sets, and what the tests and the story set in
// addition.
type config struct {
	token      string
	webhookURL string   // where the provider reaches webhookPath
	secrets    []string // of the webhooks; several while one is being rotated
	origins    []string // whose pages may read linksPath; none is none

	api       string            // base URL; empty is Linktree's
	insecure  bool              // see api.Options.InsecureDevelopment
	transport http.RoundTripper // nil is http.DefaultTransport
	settle    time.Duration     // see mirror; zero is defaultSettle
	every     time.Duration     // zero is defaultEvery
	logger    *slog.Logger
}

// An app is the program: it receives webhooks, shows the table, and mirrors.
type app struct {
	mirror  *mirror
	hook    *middleware.Endpoint
	handler http.Handler
	logger  *slog.Logger
}

// newApp checks all of the configuration.
func newApp(c config) (*app, error) {
	clock := new(clock)
	if c.transport == nil {
		c.transport = http.DefaultTransport
	}
	client, err := api.New(transport.StaticToken(c.token), &api.Options{
		BaseURL:             c.api,
		Transport:           clock.layer(c.transport),
		WebhookURL:          c.webhookURL,
		InsecureDevelopment: c.insecure,
		Logger:              c.logger,
	})
	errs := []error{err}
	if c.webhookURL == "" {
		errs = append(errs, errors.New("the webhook URL is missing"))
	}
	scheme, err := provider.Linktree(c.secrets...)
	if err != nil {
		errs = append(errs, fmt.Errorf("the webhook secret: %w", err))
	}
	table := new(table)
	show, err := allow(c.origins, table)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}

	m := &mirror{
		client: client, clock: clock, table: table, logger: c.logger,
		settle: cmp.Or(c.settle, defaultSettle), every: cmp.Or(c.every, defaultEvery),
		changed: make(chan struct{}, 1),
	}
	hook := middleware.NewEndpoint("links", &middleware.EndpointOptions{Logger: c.logger})
	routes := http.NewServeMux()
	// No CORS here: no browser has any business with it.
	routes.Handle(webhookPath, linktree.Receiver(hook, scheme, memory.New(nil), events(c.logger, m.take), nil))
	// Without a method, so that package cors gets to see the preflights.
	routes.Handle(linksPath, show)
	return &app{m, hook, routes, c.logger}, nil
}

// serve receives and mirrors until ctx ends, and finishes then what is in hand.
func (a *app) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           a.handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(a.logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	// Registering needs a server that answers, and so comes after it. It ends
	// at once: deliveries don't need it, and the next start lists again.
	running, stop := context.WithCancel(ctx)
	var mirroring sync.WaitGroup
	mirroring.Go(func() { a.mirror.run(running) })
	defer mirroring.Wait()
	defer stop()

	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	a.logger.Info("shutting down: finishing what is in hand")
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), middleware.DefaultHandlerTimeout)
	defer cancel()
	if err := errors.Join(server.Shutdown(bound), a.hook.Shutdown(bound)); err != nil {
		return fmt.Errorf("shutdown: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
