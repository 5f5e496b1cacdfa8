// Replicas shows that deliveries take effect once across processes and their
// deaths.
//
//	go run ./example/replicas
//
// starts PostgreSQL from the PATH, three receivers as processes of their own,
// and a sender that delivers every event several times at once, round-robin.
// Handlers fail at random, and receivers are killed (SIGKILL) and restarted all
// the while. In the end it counts in the database what took effect.
//
// With -store redis the mark and the effect are in Redis, where no transaction
// holds them together: a kill between the two makes an event take effect again,
// and the program counts how often it did.
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
	if os.Getenv(replicaVar) != "" {
		exit(replica())
	}
	var s storm
	store := flag.String("store", "postgres", "where deliveries are remembered: postgres or redis")
	flag.IntVar(&s.ids, "ids", 500, "how many events")
	flag.IntVar(&s.copies, "copies", 5, "how often each is delivered")
	flag.IntVar(&s.senders, "senders", 32, "how many deliveries at once")
	flag.IntVar(&s.kills, "kills", 10, "how many receivers are killed")
	flag.Parse()
	if flag.NArg() > 0 || s.ids < 1 || s.copies < 1 || s.senders < 1 || s.kills < 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	exit(show(ctx, os.Stdout, *store, s))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// show runs a storm and judges its tally.
func show(ctx context.Context, out io.Writer, store string, s storm) error {
	e, err := start(ctx, store)
	if err != nil {
		return err
	}
	defer e.close()
	fmt.Fprintf(out, "%s runs. Delivering %d events %d times each to %d receivers, killing %d of them...\n",
		e.name, s.ids, s.copies, replicas, s.kills)
	began := time.Now()
	sent, err := s.run(ctx, e)
	if err != nil {
		return err
	}
	t, err := e.tally(ctx, s.ids)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%8d deliveries in %v, of which\n%8d were acknowledged,\n%8d were turned away: the handler failed, or it was in flight,\n%8d died with their receiver.\n",
		sent.total, time.Since(began).Round(time.Millisecond), sent.acked, sent.refused, sent.cut)
	fmt.Fprintf(out, "\n%8d of %d events took effect:\n%8d once,\n%8d more than once,\n%8d never.\n",
		t.once+t.more, s.ids, t.once, t.more, t.never)
	switch {
	case t.never > 0:
		return fmt.Errorf("%d events were acknowledged and lost", t.never)
	case t.more > 0 && (e.exact || sent.kills == 0):
		return fmt.Errorf("%d events took effect more than once", t.more)
	case t.more > 0:
		fmt.Fprintf(out, "\nNone was lost. The %d doubles are the price of %d kills between an effect and its mark;\nwith the effect in the mark's own transaction, as -store postgres has it, there are none.\n", t.more, sent.kills)
	default:
		fmt.Fprintf(out, "\nEvery event took effect once, through %d kills.\n", sent.kills)
	}
	return nil
}
