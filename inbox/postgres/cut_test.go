//go:build unix

package inboxpostgres_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
	inboxpostgres "github.com/hooklatch/hooklatch/inbox/postgres"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// A cutter passes connections on, and cuts some of them after a COMMIT has gone
// to the server and before its answer has come back.
type cutter struct {
	listener net.Listener
	server   string
	commits  atomic.Int64
	cuts     atomic.Int64
	off      atomic.Bool
}

func newCutter(t *testing.T, server string) *cutter {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &cutter{listener: l, server: server}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.pass(client)
		}
	}()
	return c
}

func (c *cutter) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	var cut atomic.Bool
	go func() {
		defer client.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil || cut.Load() {
				return
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte("commit")) && c.commits.Add(1)%7 == 0 && !c.off.Load() {
			cut.Store(true)
			c.cuts.Add(1)
			_, _ = server.Write(buf[:n])      // the server commits
			time.Sleep(20 * time.Millisecond) // and its answer is lost
			return
		}
		if _, err := server.Write(buf[:n]); err != nil && !errors.Is(err, io.EOF) {
			return
		}
	}
}

// TestCutBetweenCommitAndAnswer: whether a change has happened is not known
// then. What is done again must not take effect again.
func TestCutBetweenCommitAndAnswer(t *testing.T) {
	server := testserver.SharedPostgres(t)
	direct := newPool(t, server)
	schema := newSchema()
	newBox(t, direct, schema, inbox.Settings{}) // makes the tables
	run(t, direct, "CREATE TABLE "+schema+".effects (id text NOT NULL)")

	cut := newCutter(t, server.Addr)
	pool, err := pgxpool.New(t.Context(), "postgres://postgres@"+cut.listener.Addr().String()+"/postgres?pool_max_conns=16")
	if err != nil {
		t.Fatal(err)
	}
	box, err := inboxpostgres.New(t.Context(), pool, &inboxpostgres.Options{Schema: schema, Settings: inbox.Settings{
		Backoff: func(int) time.Duration { return 10 * time.Millisecond },
		Logger:  slog.New(slog.DiscardHandler),
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		err := box.Run(ctx, map[string]inbox.Handler{"links": handlerFunc(func(ctx context.Context, d *hooklatch.Delivery) error {
			tx, err := inboxpostgres.Tx(ctx)
			if err == nil {
				_, err = tx.Exec(ctx, "INSERT INTO "+schema+".effects (id) VALUES ($1)", d.ID)
			}
			return err
		})})
		if err != nil {
			t.Error(err)
		}
	})
	const senders, each = 8, 15
	again := putAll(t, box, senders, each)
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		var n int
		if err := direct.QueryRow(t.Context(), "SELECT count(*) FROM "+schema+".hooklatch_inbox WHERE state = 2").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == senders*each {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d are done", n, senders*each)
		}
	}
	cut.off.Store(true)
	cancel()
	wg.Wait()
	go pool.Close() // some of its connections are dead
	var rows, ids int
	if err := direct.QueryRow(t.Context(), "SELECT count(*), count(DISTINCT id) FROM "+schema+".effects").Scan(&rows, &ids); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d commits, %d of them cut; %d Puts were sent again and known", cut.commits.Load(), cut.cuts.Load(), again)
	if rows != senders*each || ids != senders*each {
		t.Errorf("%d effects of %d deliveries, want one of each of %d", rows, ids, senders*each)
	}
	if cut.cuts.Load() == 0 {
		t.Error("nothing was cut")
	}
}

// putAll puts entries until each is stored, as senders do, and returns how many
// were known by then.
func putAll(t *testing.T, box inbox.Box, senders, each int) int64 {
	var known atomic.Int64
	var putters sync.WaitGroup
	for range senders {
		putters.Go(func() {
			for range each {
				e := newEntry(100)
				for try := 0; ; try++ {
					receipt, err := box.Put(t.Context(), e)
					if err == nil {
						if receipt.Duplicate {
							known.Add(1)
						}
						break
					}
					if try > 100 {
						t.Errorf("Put: %v", err)
						return
					}
				}
			}
		})
	}
	putters.Wait()
	return known.Load()
}
