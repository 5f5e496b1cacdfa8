package inboxsqlite_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

var (
	entries atomic.Int64
	noise   = func() []byte { b := make([]byte, 1<<20); _, _ = rand.Read(b); return b }() // it never fails, and does not compress
)

// newEntry returns a delivery of so many bytes that was not there before.
func newEntry(size int) inbox.Entry {
	id := "evt_" + strconv.FormatInt(entries.Add(1), 10)
	d := &hooklatch.Delivery{Endpoint: "links", Header: http.Header{"Content-Type": {"application/json"}}, Body: noise[:size]}
	d.Provider, d.ID, d.Type = "test", id, "link.created"
	return inbox.Entry{Key: idempotency.NewKey(idempotency.Identity{Endpoint: "links", Provider: "test", ID: id}), Delivery: d}
}

// BenchmarkPut: callers that wait share a transaction. One caller's is the rate
// of single inserts.
func BenchmarkPut(b *testing.B) {
	for _, c := range []struct{ size, callers int }{{1 << 10, 1}, {1 << 10, 64}, {1 << 20, 1}} {
		b.Run(fmt.Sprintf("%dKiB/%d-callers", c.size>>10, c.callers), func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "inbox.db")
			box := open(b, file, inbox.Settings{})
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for range c.callers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := box.Put(context.Background(), newEntry(c.size)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
			if info, err := os.Stat(file); err == nil {
				b.ReportMetric(float64(info.Size())/float64(b.N), "file-B/put")
			}
		})
	}
}

// BenchmarkBareInsert is what BenchmarkPut of one caller compares with: the
// payload alone, in one table, under the same promises.
func BenchmarkBareInsert(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = db.Close() }() // the benchmark is over
			if _, err := db.Exec("CREATE TABLE bare (id integer PRIMARY KEY, body BLOB NOT NULL)"); err != nil {
				b.Fatal(err)
			}
			body := noise[:size]
			b.ResetTimer()
			for range b.N {
				if _, err := db.Exec("INSERT INTO bare (body) VALUES (?)", body); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "inserts/s")
		})
	}
}

// BenchmarkWork runs a handler that does nothing for what is stored.
func BenchmarkWork(b *testing.B) { work(b, inbox.Settings{}) }

// BenchmarkWorkInOrder is BenchmarkWork with a thousand keys.
func BenchmarkWorkInOrder(b *testing.B) {
	work(b, inbox.Settings{Order: func(d *hooklatch.Delivery) string { return d.ID[max(4, len(d.ID)-3):] }})
}

func work(b *testing.B, s inbox.Settings) {
	box := open(b, filepath.Join(b.TempDir(), "inbox.db"), s)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range b.N/64 + 1 {
				if _, err := box.Put(context.Background(), newEntry(1<<10)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	all := int64(b.N/64+1) * 64
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.ResetTimer()
	var n atomic.Int64
	h := handlerFunc(func(context.Context, *hooklatch.Delivery) error {
		if n.Add(1) == all {
			cancel()
		}
		return nil
	})
	if err := box.Run(ctx, map[string]inbox.Handler{"links": h}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(all)/b.Elapsed().Seconds(), "handled/s")
	begin := time.Now()
	replayed, err := box.Replay(context.Background(), inbox.Filter{States: []inbox.State{inbox.Done}}, nil)
	if err != nil || int64(replayed) < all {
		b.Fatalf("Replay: %d of %d, %v", replayed, all, err)
	}
	b.ReportMetric(float64(replayed)/time.Since(begin).Seconds(), "replayed/s")
}

type delivery = hooklatch.Delivery

type handlerFunc func(ctx context.Context, d *hooklatch.Delivery) error

func (f handlerFunc) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error {
	return f(ctx, d)
}
