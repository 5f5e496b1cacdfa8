package inboxtest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

// A check is the state of one behaviour's run.
type check struct {
	testing.TB
	rule   string
	open   func(s Settings) inbox.Runner
	ctx    context.Context
	cancel context.CancelFunc
	runs   sync.WaitGroup
	count  int
}

var standard = Settings{MaxAttempts: 3, Backoff: time.Millisecond, HandlerTimeout: 2 * time.Second}

func newCheck(rule string, tb testing.TB, t *testing.T, newBox func(*testing.T, Settings) inbox.Runner) *check {
	c := &check{TB: tb, rule: rule}
	c.open = func(s Settings) inbox.Runner { return newBox(t, s) }
	return c
}

// do runs a behaviour, and ends what it has started before its box is closed.
func (c *check) do(run func(c *check)) {
	c.ctx, c.cancel = context.WithCancel(context.Background())
	defer c.runs.Wait()
	defer c.cancel()
	run(c)
}

// broken ends the behaviour: the rule has been broken.
func (c *check) broken(format string, args ...any) {
	c.Helper()
	c.Fatalf(format+"\n\trule: %q", append(args, c.rule)...)
}

func (c *check) ok(err error, call string) {
	c.Helper()
	if err != nil {
		c.broken("%s: got %q, want no error", call, err)
	}
}

// entry returns a delivery that was not there before, with bytes that text
// columns and JSON can't hold.
func (c *check) entry(endpoint, eventType string) inbox.Entry {
	c.count++
	id := "evt_" + strconv.Itoa(c.count)
	d := &hooklatch.Delivery{
		Endpoint: endpoint,
		Header:   http.Header{"X-Test": {"one", "two"}, "Content-Type": {"application/json"}},
		Body:     []byte("{\"z\":1,\"a\":\"\x00\xff\",\"a\":2, \"id\":\"" + id + "\"}"),
		Received: time.Now().Truncate(time.Millisecond),
	}
	d.Provider, d.Tenant, d.ID, d.Type, d.KeyID = "test", "acme", id, eventType, "1"
	d.Time, d.Tolerance = d.Received.Add(-time.Second), 5*time.Minute
	e := inbox.Entry{
		Key:      idempotency.NewKey(idempotency.Identity{Endpoint: endpoint, Provider: "test", Tenant: "acme", ID: id}),
		Delivery: d,
	}
	e.Fingerprint[0], e.Fingerprint[1] = byte(c.count), byte(c.count>>8)
	return e
}

// put makes a Put that must store, or not.
func (c *check) put(b inbox.Box, e inbox.Entry, duplicate bool, when string) inbox.Receipt {
	c.Helper()
	receipt, err := b.Put(c.ctx, e)
	c.ok(err, "Put "+when)
	if receipt.Duplicate != duplicate {
		c.broken("Put %s: Duplicate is %v, want %v", when, receipt.Duplicate, duplicate)
	}
	return receipt
}

func (c *check) get(b inbox.Box, key idempotency.Key) *inbox.Record {
	c.Helper()
	r, err := b.Get(c.ctx, key)
	c.ok(err, "Get")
	return r
}

// run starts Run with one handler for an endpoint, until the behaviour ends.
func (c *check) run(b inbox.Runner, endpoint string, h handler) {
	c.runs.Go(func() {
		if err := b.Run(c.ctx, map[string]inbox.Handler{endpoint: h}); err != nil {
			c.Errorf("Run: %v", err)
		}
	})
}

type handler func(ctx context.Context, d *hooklatch.Delivery) error

func (h handler) HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error { return h(ctx, d) }

// patience is how long the suite waits for what must happen.
const patience = 30 * time.Second

// until waits for a record to reach a state.
func (c *check) until(b inbox.Box, key idempotency.Key, want inbox.State) *inbox.Record {
	c.Helper()
	var r *inbox.Record
	if !c.soon(func() bool { r = c.get(b, key); return r.State == want }) {
		c.broken("a delivery is %v after %v, want %v (error %q)", r.State, patience, want, r.Error)
	}
	return r
}

// soon waits for a condition to hold.
func (c *check) soon(holds func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}
