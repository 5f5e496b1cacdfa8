// Inbox shows what an inbox keeps through crashes, outages and bugs.
//
//	go run ./example/inbox
//
// starts a receiver as a process of its own, whose inbox is a SQLite file, and
// plays three scenes with it:
//
//  1. Events come in while the receiver is killed (SIGKILL) and restarted ten
//     times. The handler passes each on to a second system, and writes a row in
//     the inbox's transaction. In the end the rows are counted.
//  2. The second system is away. Events are acknowledged all the same, the lag
//     grows, and is worked off when the system is back.
//  3. A bug in the handler lets events die. They are listed, and replayed once a
//     receiver without the bug runs.
//
// With -store postgres the inbox is in PostgreSQL, which the program starts from
// the PATH.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if os.Getenv(storeVar) != "" {
		exit(receive())
	}
	var s stage
	store := flag.String("store", "sqlite", "where deliveries are kept: sqlite or postgres")
	flag.IntVar(&s.events, "events", 2000, "how many events come while receivers are killed")
	flag.IntVar(&s.kills, "kills", 10, "how often the receiver is killed")
	flag.Parse()
	if flag.NArg() > 0 || s.events < 1 || s.kills < 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	exit(show(ctx, os.Stdout, *store, &s))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "inbox:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// show plays the scenes.
func show(ctx context.Context, out io.Writer, store string, s *stage) error {
	at, stop, err := place(store)
	if err != nil {
		return err
	}
	defer stop()
	s.out, s.store, s.at = out, store, at
	s.second = newSecond()
	defer s.second.server.Close()
	for _, scene := range []func(context.Context) error{s.storm, s.outage, s.bug} {
		if err := scene(ctx); err != nil {
			s.kill()
			return err
		}
	}
	fmt.Fprintln(out, "\nNothing was lost, and nothing took effect twice.")
	return nil
}
