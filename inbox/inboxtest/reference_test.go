package inboxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

// A reference is a box that keeps the contract, unless it is broken in the way
// that its flaw names. It is durable in no way.
type reference struct {
	flaw string
	s    Settings

	mu      sync.Mutex
	records []*kept
	digests map[[32]byte]bound
	pauses  []inbox.Pause
}

// A kept is a record, and what a box keeps beside it.
type kept struct {
	inbox.Record
	running  bool
	sent     string // the type as it came
	replayed time.Time
	run      int
}

type bound struct {
	key   idempotency.Key
	until time.Time
}

func newReference(flaw string, s Settings) *reference {
	return &reference{flaw: flaw, s: s, digests: make(map[[32]byte]bound)}
}

func (b *reference) is(flaw string) bool { return b.flaw == flaw }

func (b *reference) find(key idempotency.Key) *kept {
	for _, k := range b.records {
		if k.Key == key {
			return k
		}
	}
	return nil
}

func (b *reference) ended(ctx context.Context) error {
	if b.is("ended context ignored") {
		return nil
	}
	return ctx.Err()
}

// duplicate finds the entry that an entry is a duplicate of.
func (b *reference) duplicate(e inbox.Entry) *kept {
	if e.Digest != [32]byte{} && !b.is("digest ignored") {
		if d, ok := b.digests[e.Digest]; ok && (time.Now().Before(d.until) || b.is("digest never ends")) {
			if b.is("digest refreshed") {
				b.digests[e.Digest] = bound{d.key, time.Now().Add(e.Window)}
			}
			return b.find(d.key)
		}
	}
	return b.find(e.Key)
}

func (b *reference) Put(ctx context.Context, e inbox.Entry) (inbox.Receipt, error) {
	if err := b.ended(ctx); err != nil {
		return inbox.Receipt{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.duplicate(e)
	if b.is("read, then put") {
		b.mu.Unlock()
		time.Sleep(time.Millisecond)
		b.mu.Lock()
	}
	if known != nil {
		r := inbox.Receipt{Duplicate: !b.is("duplicate is stored"), Key: known.Key, Fingerprint: known.Fingerprint}
		switch b.flaw {
		case "receipt of the newcomer":
			r.Fingerprint = e.Fingerprint
		case "duplicate overwrites":
			known.Delivery.Body = bytes.Clone(e.Delivery.Body)
		}
		return r, nil
	}
	d := *e.Delivery
	if !b.is("keeps the caller's body") {
		d.Header, d.Body = d.Header.Clone(), bytes.Clone(d.Body)
	}
	if b.is("body as text") {
		d.Body = []byte(strings.ToValidUTF8(string(d.Body), "?"))
	}
	k := &kept{Record: inbox.Record{
		Key: e.Key, Seq: int64(len(b.records) + 1), State: inbox.Waiting, Fingerprint: e.Fingerprint,
		Delivery: &d, Payload: true, Fetched: e.Fetched, Stored: time.Now(),
	}}
	k.sent = d.Type
	if b.is("no sequence") {
		k.Seq = 0
	}
	b.records = append(b.records, k)
	b.digests[e.Digest] = bound{e.Key, time.Now().Add(e.Window)}
	return inbox.Receipt{Key: e.Key, Fingerprint: e.Fingerprint}, nil
}

// show returns a copy for callers.
func (k *kept) show(payload bool) inbox.Record {
	r, d := k.Record, *k.Delivery
	d.Attempt, d.Replay = 0, false
	if !payload {
		d.Header, d.Body = nil, nil
	}
	r.Delivery, r.Timeline = &d, slices.Clone(r.Timeline)
	return r
}

func (b *reference) Get(ctx context.Context, key idempotency.Key) (*inbox.Record, error) {
	if err := b.ended(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.find(key)
	switch {
	case k == nil && b.is("unknown key is no error"):
		return &inbox.Record{}, nil
	case k == nil:
		return nil, inbox.ErrNotFound
	}
	r := k.show(true)
	return &r, nil
}

func (b *reference) matches(k *kept, f inbox.Filter) bool {
	d := k.Delivery
	is := func(want, got string) bool { return want == "" || want == got }
	return (len(f.Keys) == 0 || slices.Contains(f.Keys, k.Key)) &&
		(len(f.States) == 0 || slices.Contains(f.States, k.State)) &&
		is(f.Endpoint, d.Endpoint) && is(f.Provider, d.Provider) && is(f.Tenant, d.Tenant) &&
		(is(f.Type, d.Type) || b.is("type filter is a prefix") && strings.HasPrefix(d.Type, f.Type)) &&
		(f.From.IsZero() || !k.Stored.Before(f.From) || b.is("time ignored")) && (f.Before.IsZero() || k.Stored.Before(f.Before)) &&
		(strings.Contains(k.Error, f.Error) || b.is("error ignored")) && is(f.Fault, inbox.Fault(k.Error))
}

func (b *reference) Groups(ctx context.Context, f inbox.Filter) ([]inbox.Group, error) {
	if err := b.ended(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var groups []inbox.Group
	for _, k := range b.records {
		if k.Error == "" || !b.matches(k, f) {
			continue
		}
		g := inbox.Group{Endpoint: k.Delivery.Endpoint, Type: k.Delivery.Type, Fault: inbox.Fault(k.Error), First: k.Stored}
		if b.is("groups by the whole error") {
			g.Fault = k.Error
		}
		i := slices.IndexFunc(groups, func(x inbox.Group) bool { return x.Type == g.Type && x.Endpoint == g.Endpoint && x.Fault == g.Fault })
		if i < 0 {
			groups, i = append(groups, g), len(groups)
		}
		groups[i].Count++
		groups[i].Last = k.Stored
	}
	if !b.is("groups in no order") {
		slices.SortStableFunc(groups, func(a, b inbox.Group) int { return b.Count - a.Count })
	} else {
		slices.Reverse(groups)
	}
	return groups, nil
}

func (b *reference) List(ctx context.Context, f inbox.Filter, p *inbox.Page) ([]inbox.Record, error) {
	if err := b.ended(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == nil {
		p = &inbox.Page{}
	}
	var found []inbox.Record
	for _, k := range b.records {
		if (k.Seq > p.After || b.is("pages overlap")) && b.matches(k, f) && (p.Limit == 0 || len(found) < p.Limit) {
			found = append(found, k.show(b.is("list shows payloads")))
		}
	}
	return found, nil
}

func (b *reference) Count(ctx context.Context, f inbox.Filter) (int, error) {
	records, err := b.List(ctx, f, nil)
	return len(records), err
}

// defaults names the states that a filter without any means.
func (b *reference) defaults(f inbox.Filter) inbox.Filter {
	if len(f.States) == 0 && !b.is("no states means all") {
		f.States = []inbox.State{inbox.Dead, inbox.DeadLettered}
	}
	return f
}

func (b *reference) Replay(ctx context.Context, f inbox.Filter, o *inbox.ReplayOptions) (n int, err error) {
	if err := b.ended(ctx); err != nil {
		return 0, err
	}
	if o == nil {
		o = &inbox.ReplayOptions{}
	}
	f = b.defaults(f)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.records {
		again := !o.Since.IsZero() && !k.replayed.Before(o.Since) && !b.is("since ignored")
		if !b.matches(k, f) || k.State == inbox.Waiting || !k.Payload && !b.is("replays without a payload") || again {
			continue
		}
		n++
		if o.DryRun && !b.is("dry run replays") {
			continue
		}
		k.State, k.Ended, k.replayed = inbox.Waiting, time.Time{}, time.Now()
		if !b.is("attempts go on") {
			k.Attempts = 0
		}
		k.Replays++
		by := o.By
		if b.is("replay by no one") {
			by = ""
		}
		k.Timeline = append(k.Timeline, inbox.Event{Time: time.Now(), What: "replayed", By: by})
	}
	return n, nil
}

func (b *reference) Discard(ctx context.Context, f inbox.Filter, by string) (n int, err error) {
	if err := b.ended(ctx); err != nil {
		return 0, err
	}
	f = b.defaults(f)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range slices.Clone(b.records) {
		if !b.matches(k, f) || k.State == inbox.Done && b.is("done is not erased") || k.State == inbox.Discarded || !k.Payload {
			continue
		}
		n++
		k.run++
		if b.is("discard forgets") {
			b.records = slices.DeleteFunc(b.records, func(x *kept) bool { return x == k })
			continue
		}
		if k.State != inbox.Done && !b.is("discarded runs") || b.is("erased is discarded") {
			k.State, k.Ended = inbox.Discarded, time.Now()
		}
		if !b.is("discard keeps the payload") {
			k.Payload, k.Delivery.Header, k.Delivery.Body = false, nil, nil
		}
		k.Timeline = append(k.Timeline, inbox.Event{Time: time.Now(), What: "discarded", By: by})
	}
	return n, nil
}

func (b *reference) Run(ctx context.Context, handlers map[string]inbox.Handler) error {
	var wg sync.WaitGroup
	for ctx.Err() == nil {
		b.mu.Lock()
		for _, k := range b.records {
			h := handlers[k.Delivery.Endpoint]
			if b.is("one handler for all") {
				for _, h = range handlers {
				}
			}
			if b.holds(k) && !b.is("pause ignored") {
				if b.is("pause forgets") {
					k.State = inbox.Discarded
				}
				continue
			}
			if h == nil || k.State != inbox.Waiting || k.running || time.Now().Before(k.Due) {
				continue
			}
			k.running = true
			wg.Go(func() { b.attempt(ctx, k, h) })
		}
		b.mu.Unlock()
		time.Sleep(time.Millisecond)
	}
	if !b.is("run leaves") {
		wg.Wait()
	}
	return nil
}

func (b *reference) Pause(ctx context.Context, endpoint, eventType, by string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := inbox.Pause{Endpoint: endpoint, Type: eventType, By: by, Since: time.Now()}
	if !slices.ContainsFunc(b.pauses, func(x inbox.Pause) bool { return x.Endpoint == endpoint && x.Type == eventType }) {
		b.pauses = append(b.pauses, p)
	}
	return b.ended(ctx)
}

func (b *reference) Resume(ctx context.Context, endpoint, eventType string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.pauses)
	b.pauses = slices.DeleteFunc(b.pauses, func(x inbox.Pause) bool {
		return x.Endpoint == endpoint && x.Type == eventType || b.is("resume ends all")
	})
	return len(b.pauses) < n, b.ended(ctx)
}

func (b *reference) Pauses(ctx context.Context) ([]inbox.Pause, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.pauses), b.ended(ctx)
}

// holds tells whether a pause holds a record.
func (b *reference) holds(k *kept) bool {
	return slices.ContainsFunc(b.pauses, func(p inbox.Pause) bool {
		return p.Endpoint == k.Delivery.Endpoint && (p.Type == "" || p.Type == k.Delivery.Type || b.is("pause of the endpoint only"))
	})
}

// A said is the Reporter of one attempt.
type said struct {
	failed, dead error
	hook         func(context.Context) error
}

func (s *said) Report(d hooklatch.Disposition, err error) {
	if d >= hooklatch.Failed {
		s.failed = err
	}
}

func (s *said) DeadLetter(err error, hook func(context.Context) error) { s.dead, s.hook = err, hook }

func (b *reference) attempt(ctx context.Context, k *kept, h inbox.Handler) {
	b.mu.Lock()
	d, run := *k.Delivery, k.run
	d.Attempt, d.Replay = k.Attempts+1, k.Replays > 0
	if !b.is("handler's type stays") {
		d.Type = k.sent
	}
	if b.is("attempt not counted") {
		d.Attempt = 1
	}
	if b.is("replay not marked") {
		d.Replay = false
	}
	b.mu.Unlock()
	if !b.is("run cancels handlers") {
		ctx = context.WithoutCancel(ctx)
	}
	var s said
	ctx, cancel := context.WithTimeout(hooklatch.WithReporter(ctx, &s), b.s.HandlerTimeout)
	defer cancel()
	err := b.call(ctx, &d, h)
	if s.failed != nil && !b.is("reports ignored") {
		err = s.failed
	}
	what := "failed"
	if err == nil && s.hook != nil {
		what = "dead-lettered"
		if err = s.hook(ctx); err == nil {
			err = s.dead
		} else if !b.is("hook's error ignored") {
			what = "failed"
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if k.run == run {
		b.record(k, &d, what, err)
	}
}

// call runs the handler in its own goroutine, which it may exit.
func (b *reference) call(ctx context.Context, d *hooklatch.Delivery, h inbox.Handler) error {
	ended := make(chan error, 1)
	go func() {
		err := errors.New("no return")
		if b.is("exit is success") {
			err = nil
		}
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v", v)
			}
			ended <- err
		}()
		err = h.HandleDelivery(ctx, d)
	}()
	return <-ended
}

// record ends an attempt.
func (b *reference) record(k *kept, d *hooklatch.Delivery, what string, err error) {
	k.running = false
	k.Attempts++
	k.Delivery.Type = d.Type
	k.Error = ""
	most := b.s.MaxAttempts
	if b.is("gives up early") {
		most--
	}
	switch {
	case err == nil:
		k.State, k.Ended, what = inbox.Done, time.Now(), "done"
		if b.is("done runs again") && k.Attempts == 1 {
			k.State = inbox.Waiting
		}
	case what == "dead-lettered" && !b.is("dead letters are done"):
		k.State, k.Ended = inbox.DeadLettered, time.Now()
	case what == "dead-lettered":
		k.State, k.Ended = inbox.Done, time.Now()
	case k.Attempts >= most:
		k.State, k.Ended, what = inbox.Dead, time.Now(), "dead"
		if b.is("dead without payload") {
			k.Payload, k.Delivery.Body = false, nil
		}
	default:
		k.Due = time.Now().Add(b.s.Backoff)
	}
	if err != nil {
		k.Error = err.Error()
	}
	e := inbox.Event{Time: time.Now(), What: what, Attempt: k.Attempts, Error: k.Error}
	if b.is("timeline of the last") {
		k.Timeline = nil
	}
	k.Timeline = append(k.Timeline, e)
}
