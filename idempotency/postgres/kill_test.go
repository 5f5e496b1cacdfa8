//go:build unix

package postgres_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// receiverEnv makes this binary a receiver on the database that it names.
const receiverEnv = "HOOKLATCH_TEST_RECEIVER"

func newHook() *middleware.Endpoint {
	return middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
}

const testLease = 2 * time.Second

func newScheme() *verify.Scheme {
	scheme, err := provider.Linktree("a secret of the test")
	if err != nil {
		panic(err)
	}
	return scheme
}

// newReceiver returns a receiver whose handler makes a row in the table effects
// and counts it in another row, in the delivery's transaction. It is slow in
// places, and fails at random.
func newReceiver(store *postgres.Store) http.Handler {
	mux := &dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
	mux.Handle(linktree.LinkCreated, dispatch.HandlerFunc(func(ctx context.Context, d *hooklatch.Delivery) error {
		tx, err := postgres.Tx(ctx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO effects VALUES ($1)", d.ID); err != nil {
			return err
		}
		time.Sleep(rand.N(10 * time.Millisecond))
		if rand.N(10) == 0 {
			return fmt.Errorf("bad luck")
		}
		_, err = tx.Exec(ctx, "UPDATE counter SET n = n + 1")
		return err
	}))
	return linktree.Receiver(newHook(), newScheme(), store, mux, &middleware.ReceiverOptions{
		Once: &middleware.OnceOptions{Lease: testLease, Wait: 100 * time.Millisecond, StoreTimeout: time.Second},
	})
}

const effectsSQL = `
CREATE TABLE effects (id text NOT NULL); -- not unique: what comes twice shall be seen
CREATE TABLE counter (n int NOT NULL);
INSERT INTO counter VALUES (0)`

// wantOnce checks that each of n deliveries took effect exactly once.
func wantOnce(t *testing.T, pool *pgxpool.Pool, n int64) {
	t.Helper()
	for what, sql := range map[string]string{
		"effects":                     "SELECT count(*) FROM effects",
		"deliveries that took effect": "SELECT count(DISTINCT id) FROM effects",
		"effects counted":             "SELECT n FROM counter",
		"deliveries done":             "SELECT count(*) FROM hooklatch_test_claims WHERE state = 3",
	} {
		if got := number(t, pool, sql); got != n {
			t.Errorf("%s: got %d, want %d", what, got, n)
		}
	}
}

// receive is the process that TestKilled kills.
func receive(dsn string) {
	pool, err := pgxpool.New(context.Background(), dsn)
	if err != nil {
		panic(err)
	}
	srv := httptest.NewServer(newReceiver(postgres.New(pool, "test", nil)))
	fmt.Println(srv.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the process that started it ends
}

// A process is a receiver that runs.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

func startReceiver(t *testing.T, dsn string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), receiverEnv+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.kill()
		t.Fatal(err)
	}
	p.url = strings.TrimSpace(line)
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	_ = p.cmd.Wait()         // it was killed
	_ = p.stdin.Close()      // the process has ended
}

// post sends a delivery once, signed anew, and returns the status; 0 if there
// was no answer.
func post(ctx context.Context, client *http.Client, url string, ev hooktest.Event) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(ev.Body))
	if err != nil {
		return 0
	}
	if err := newScheme().Sign(req.Header, verify.Envelope{ID: ev.ID, Time: time.Now()}, ev.Body); err != nil {
		return 0
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
	return resp.StatusCode
}

func newClient() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
}

func newEvents(n int) []hooktest.Event {
	events := make([]hooktest.Event, n)
	for i := range events {
		events[i] = hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": fmt.Sprint("lnk_", i)})
	}
	return events
}

// sendAll sends each event until it is acknowledged, from 16 senders, to the
// URL that there is at the time. Each is sent twice, as two requests at once.
func sendAll(ctx context.Context, events []hooktest.Event, url func() string, acknowledged *atomic.Int64) {
	queue := make(chan hooktest.Event, 2*len(events))
	for _, ev := range events {
		queue <- ev
		queue <- ev
	}
	close(queue)
	client := newClient()
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for ev := range queue {
				for ctx.Err() == nil {
					if status := post(ctx, client, url(), ev); status >= 200 && status < 300 {
						acknowledged.Add(1)
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
		})
	}
	wg.Wait()
}

var (
	deliveries = flag.Int("deliveries", 200, "how many deliveries TestKilled sends, each twice at once")
	maxKills   = flag.Int("kills", 8, "how often TestKilled kills the receiver at most")
)

// TestKilled kills the receiving process over and over (SIGKILL), wherever it
// is, while deliveries are sent until each is acknowledged: each takes
// effect exactly once.
func TestKilled(t *testing.T) {
	server := dsn(testserver.Postgres(t, nil))
	pool := newPool(t, server, nil)
	if err := postgres.New(pool, "test", nil).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, pool, effectsSQL)

	ids := *deliveries
	p := startReceiver(t, server)
	var url atomic.Value
	url.Store(p.url)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute+time.Duration(*maxKills)*time.Second)
	defer cancel()
	var acknowledged atomic.Int64
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		sendAll(ctx, newEvents(ids), func() string { return url.Load().(string) }, &acknowledged)
	}()
	kills := 0
	for ended := false; !ended; {
		select {
		case <-sent:
			ended = true
		case <-time.After(50*time.Millisecond + rand.N(250*time.Millisecond)):
			// In the end it is left alone, so that leases can run out.
			if kills < *maxKills {
				kills++
				p.kill()
				p = startReceiver(t, server)
				url.Store(p.url)
			}
		}
	}
	p.kill()
	if n := acknowledged.Load(); n != 2*int64(ids) {
		t.Errorf("%d requests were acknowledged, want %d", n, 2*ids)
	}
	if kills < 3 {
		t.Errorf("only %d kills: that proves little", kills)
	}
	takeovers := number(t, pool, "SELECT count(*) FROM hooklatch_test_claims WHERE until - seen_at > interval '72 hours' + $1::bigint * interval '1 microsecond'", testLease.Microseconds())
	t.Logf("%d kills; %d deliveries were done only after a lease had run out", kills, takeovers)
	wantOnce(t, pool, int64(ids))
}
