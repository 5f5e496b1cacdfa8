package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/inbox"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const (
	storeVar  = "INBOX_STORE" // makes this program a receiver with its inbox there
	atVar     = "INBOX_AT"
	secondVar = "INBOX_SECOND" // the second system's address
	fixedVar  = "INBOX_FIXED"  // the bug is fixed
	endpoint  = "linktree"
	secret    = "known to the sender and the receiver"
)

// settings are short, so that the scenes are.
func settings() inbox.Settings {
	return inbox.Settings{
		HandlerTimeout: 2 * time.Second,
		Backoff:        func(int) time.Duration { return 200 * time.Millisecond },
		MaxAttempts:    1000,
		Order:          account,
		Logger:         slog.New(slog.DiscardHandler),
	}
}

// account is the key of a delivery: those of one account stay in order. Here it
// follows from the delivery's id.
func account(d *hooklatch.Delivery) string { return accountOf(d.ID) }

func accountOf(id string) string { return "account " + id[max(0, len(id)-2):] }

// receive is the receiver. It says on stdout where it listens, and serves until
// its stdin ends: then it finishes what is in hand.
func receive() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	box, err := open(ctx, os.Getenv(storeVar), os.Getenv(atVar), settings())
	if err != nil {
		return err
	}
	defer box.close()
	scheme, err := provider.Linktree(secret)
	if err != nil {
		return err
	}
	hook := middleware.NewEndpoint(endpoint, &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	var routes http.ServeMux
	routes.Handle("/webhooks/linktree", hook.InboxReceiver(scheme, box, nil))
	routes.HandleFunc("GET /lag", func(w http.ResponseWriter, r *http.Request) {
		n, err := box.Count(r.Context(), inbox.Filter{States: []inbox.State{inbox.Waiting}})
		if err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(n) // if the asker is gone, it asks again
	})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{Handler: &routes, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is what counts
		bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_ = server.Shutdown(bounded) // what is not durable then is sent again
		_ = hook.Shutdown(bounded)   // as above
		stop()
	}()
	var work sync.WaitGroup
	var failed error
	work.Go(func() { failed = box.Run(ctx, map[string]inbox.Handler{endpoint: handlers(box)}) })
	err = server.Serve(listener)
	work.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, failed)
}

// handlers pass each link on to the second system, and note it in a table.
func handlers(box *kept) *dispatch.Mux {
	mux := &dispatch.Mux{}
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(ctx context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		if e.Data.Title == "" && os.Getenv(fixedVar) == "" {
			return dispatch.Permanent(errors.New("a link without a title")) // the bug
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, os.Getenv(secondVar)+"/"+e.Data.LinkID, nil)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		_ = answer.Body.Close() // it is empty
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("the second system answers %d", answer.StatusCode)
		}
		return box.effect(ctx, e.Data.LinkID)
	}))
	return mux
}
