// Package enginetest checks what the boxes on the engine promise beyond the
// contract of package inbox, on each of its databases.
package enginetest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

// A Harness is an empty box, and a table of the program beside it.
type Harness struct {
	Box    inbox.Runner
	Insert func(ctx context.Context, id string) error // writes a row through the handler's Tx
	Rows   func(id string) int                        // how many rows are there, of all ids if id is empty
	Newest func(ctx context.Context, entity string, version int64) (bool, error)
	Raw    func() []byte // all payloads as the database has them
	Sweep  func(ctx context.Context, now time.Time) (int, error)
}

// Run checks the boxes that open makes.
func Run(t *testing.T, open func(t *testing.T, s inbox.Settings) Harness) {
	for name, test := range map[string]func(t *testing.T, open opener){
		"tx-commits-with-the-record":        txCommitsWithTheRecord,
		"tx-is-rolled-back-on-failure":      txIsRolledBack,
		"no-tx-outside-of-a-handler":        noTxOutside,
		"what-can-not-succeed-dies-at-once": whatCanNotSucceed,
		"what-may-succeed-is-tried-again":   whatMaySucceed,
		"retry-after-waits":                 retryAfterWaits,
		"unknown-types-are-noted":           unknownTypes,
		"a-handler-that-hangs-is-left":      handlerThatHangs,
		"retention-ends":                    retentionEnds,
		"done-drops-its-payload":            doneDropsPayload,
		"long-timelines-are-cut":            longTimelines,
		"hostile-text-is-stored":            hostileText,
		"many-at-once":                      manyAtOnce,
		"replay-is-spread-out":              replayIsSpreadOut,
		"order-is-kept-per-key":             orderIsKept,
		"dead-ones-block-or-let-pass":       deadOnesBlock,
		"payloads-are-sealed":               payloadsAreSealed,
		"old-events-are-dropped":            oldEventsAreDropped,
		"settings-are-checked":              settingsAreChecked,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, func(s inbox.Settings) *rig { return newRig(t, open(t, s)) })
		})
	}
}

type opener func(s inbox.Settings) *rig

// A rig is a harness with a Run that ends with the test.
type rig struct {
	Harness
	t    *testing.T
	mux  dispatch.Mux
	wait sync.WaitGroup
	stop context.CancelFunc
}

func newRig(t *testing.T, h Harness) *rig { return &rig{Harness: h, t: t} }

// soon is a schedule without much of a wait.
func soon(int) time.Duration { return time.Millisecond }

// run gives the deliveries to h. It ends before the box is closed.
func (r *rig) run(h inbox.Handler) {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	r.wait.Go(func() {
		if err := r.Box.Run(ctx, map[string]inbox.Handler{"links": h}); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	})
	r.t.Cleanup(r.end)
}

func (r *rig) end() {
	r.stop()
	r.wait.Wait()
}

var count atomic.Int64

// Entry returns a delivery that was not there before.
func Entry(body string) inbox.Entry {
	id := "evt_" + strconv.FormatInt(count.Add(1), 10)
	d := &hooklatch.Delivery{Endpoint: "links", Header: http.Header{"X-Test": {"yes"}}, Body: []byte(body), Received: time.Now()}
	d.Provider, d.ID = "test", id
	return inbox.Entry{Key: idempotency.NewKey(idempotency.Identity{Endpoint: "links", Provider: "test", ID: id}), Delivery: d}
}

func (r *rig) put(e inbox.Entry) inbox.Entry {
	r.t.Helper()
	if receipt, err := r.Box.Put(r.t.Context(), e); err != nil || receipt.Duplicate {
		r.t.Fatalf("Put: %+v, %v", receipt, err)
	}
	return e
}

// until waits for a record to reach a state.
func (r *rig) until(e inbox.Entry, want inbox.State) *inbox.Record {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		record, err := r.Box.Get(r.t.Context(), e.Key)
		if err != nil {
			r.t.Fatalf("Get: %v", err)
		}
		if record.State == want {
			return record
		}
		if time.Now().After(end) {
			r.t.Fatalf("a delivery is %v after %d attempts, want %v", record.State, record.Attempts, want)
		}
	}
}

type handler func(ctx context.Context, d *hooklatch.Delivery) error

func (h handler) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error { return h(ctx, d) }
