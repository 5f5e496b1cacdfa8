package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const (
	replicaVar = "REPLICA_STORE" // makes this program a receiver on the store that it names
	addrVar    = "REPLICA_ADDR"
	secret     = "known to the sender and the receivers"
)

// replica is one receiver: what a team would run three of. It says on stdout
// where it listens, and serves until its stdin ends.
func replica() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	store, effect, err := connect(ctx, os.Getenv(replicaVar), os.Getenv(addrVar))
	if err != nil {
		return err
	}
	scheme, err := provider.Linktree(secret)
	if err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	mux := &dispatch.Mux{Logger: quiet}
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		if rand.N(10) == 0 {
			return errors.New("no luck before the effect")
		}
		if err := effect(ctx, e.Data.LinkID); err != nil {
			return err
		}
		// Work goes on after the effect: a kill often comes here.
		time.Sleep(rand.N(5 * time.Millisecond))
		return nil
	}))
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: quiet})
	h := linktree.Receiver(hook, scheme, store, mux, &middleware.ReceiverOptions{
		// Short, so that the claims of the killed are soon taken over.
		Once: &middleware.OnceOptions{Lease: 2 * time.Second, Wait: time.Second, StoreTimeout: time.Second},
	})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is what counts
		_ = listener.Close()                 // as above
	}()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	if err := server.Serve(listener); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
