package enginetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

func retentionEnds(t *testing.T, open opener) {
	r := open(inbox.Settings{MaxAttempts: 1, Retain: time.Hour, RetainFailed: 3 * time.Hour})
	r.run(handler(func(_ context.Context, d *hooklatch.Delivery) error {
		if string(d.Body) == "fails" {
			return errors.New("a bug")
		}
		return nil
	}))
	done, dead, gone := r.put(Entry("works")), r.put(Entry("fails")), r.put(Entry("fails"))
	r.until(done, inbox.Done)
	r.until(dead, inbox.Dead)
	r.until(gone, inbox.Dead)
	if n, err := r.Box.Discard(t.Context(), one(gone), "ada"); n != 1 || err != nil {
		t.Fatalf("Discard: %d, %v", n, err)
	}
	r.end()
	waiting := r.put(Entry("works"))
	known := func(e inbox.Entry) bool {
		_, err := r.Box.Get(t.Context(), e.Key)
		return err == nil
	}
	for _, step := range []struct {
		after time.Duration
		swept int
		want  [4]bool
	}{
		{59 * time.Minute, 0, [4]bool{true, true, true, true}},
		{61 * time.Minute, 2, [4]bool{false, true, false, true}},
		{179 * time.Minute, 0, [4]bool{false, true, false, true}},
		{181 * time.Minute, 1, [4]bool{false, false, false, true}},
		{9000 * time.Hour, 0, [4]bool{false, false, false, true}},
	} {
		n, err := r.Sweep(t.Context(), time.Now().Add(step.after))
		got := [4]bool{known(done), known(dead), known(gone), known(waiting)}
		if err != nil || n != step.swept || got != step.want {
			t.Errorf("after %v: %d swept, %v; done, dead, discarded, waiting are known: %v, want %d, %v", step.after, n, err, got, step.swept, step.want)
		}
	}
	r.put(done) // what is forgotten is new
}

func doneDropsPayload(t *testing.T, open opener) {
	r := open(inbox.Settings{DropDone: true})
	r.run(handler(func(context.Context, *hooklatch.Delivery) error { return nil }))
	e := r.put(Entry("a body"))
	if record := r.until(e, inbox.Done); record.Payload || record.Delivery.Body != nil || record.Delivery.ID == "" {
		t.Errorf("a payload that should be dropped: %+v", record)
	}
	f := one(e)
	f.States = []inbox.State{inbox.Done}
	if n, err := r.Box.Replay(t.Context(), f, nil); n != 0 || err != nil {
		t.Errorf("Replay without a payload: %d, %v", n, err)
	}
	if receipt, err := r.Box.Put(t.Context(), e); err != nil || !receipt.Duplicate {
		t.Errorf("Put of what is done: %+v, %v", receipt, err)
	}
}

func longTimelines(t *testing.T, open opener) {
	r := open(inbox.Settings{MaxAttempts: 70, Backoff: soon})
	long := strings.Repeat("x", 10<<10)
	r.run(handler(func(context.Context, *hooklatch.Delivery) error { return errors.New(long) }))
	record := r.until(r.put(Entry("{}")), inbox.Dead)
	if n := len(record.Timeline); n != 50 || record.Timeline[0].Attempt != 1 || record.Timeline[n-1].Attempt != 70 || record.Attempts != 70 {
		t.Errorf("a timeline of 70 attempts has %d events, from attempt %d to %d", n, record.Timeline[0].Attempt, record.Timeline[n-1].Attempt)
	}
	if len(record.Error) > 3<<10 {
		t.Errorf("an error's text of %d bytes is kept", len(record.Error))
	}
}

// hostileText: what senders choose freely must not make a store refuse it.
func hostileText(t *testing.T, open opener) {
	r := open(inbox.Settings{MaxAttempts: 1})
	r.run(handler(func(context.Context, *hooklatch.Delivery) error { return errors.New("a \x00 and a \xff") }))
	e := Entry("\x00\xff")
	e.Delivery.Type = "type\x00\xff'; DROP TABLE hooklatch_inbox; --"
	e.Delivery.Header.Set("X-Bytes", "\xff\xfe\x80")
	empty := Entry("")
	empty.Delivery.Header, empty.Delivery.Body = nil, nil
	r.put(e)
	r.put(empty)
	record := r.until(e, inbox.Dead)
	if !bytes.Equal(record.Delivery.Body, e.Delivery.Body) || record.Delivery.Header.Get("X-Bytes") != "\xff\xfe\x80" {
		t.Errorf("body %q, header %q", record.Delivery.Body, record.Delivery.Header)
	}
	if record := r.until(empty, inbox.Dead); len(record.Delivery.Body) != 0 || len(record.Delivery.Header) != 0 || !record.Payload {
		t.Errorf("an empty body: %+v", record)
	}
}

// manyAtOnce: more than one transaction takes.
func manyAtOnce(t *testing.T, open opener) {
	const senders, each = 150, 8
	r := open(inbox.Settings{Backoff: soon})
	var mu sync.Mutex
	runs := make(map[string]int)
	r.run(handler(func(_ context.Context, d *hooklatch.Delivery) error {
		mu.Lock()
		defer mu.Unlock()
		runs[d.ID]++
		if runs[d.ID] == 1 && d.Body[0]%5 == 0 {
			return errors.New("once more")
		}
		return nil
	}))
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for range each {
				e := Entry(string(rune('A' + i%26)))
				for range 2 { // and its duplicate
					if _, err := r.Box.Put(t.Context(), e); err != nil {
						t.Errorf("Put: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	r.untilDone(senders * each)
	for id, n := range runs {
		if n > 2 {
			t.Errorf("%s ran %d times", id, n)
		}
	}
	if len(runs) != senders*each {
		t.Errorf("%d deliveries ran, want %d", len(runs), senders*each)
	}
}

func settingsAreChecked(t *testing.T, open opener) {
	r := open(inbox.Settings{})
	if err := r.Box.Run(t.Context(), nil); err == nil {
		t.Error("Run without handlers: no error")
	}
	if err := r.Box.Run(t.Context(), map[string]inbox.Handler{"links": nil}); err == nil {
		t.Error("Run with a nil handler: no error")
	}
	if _, err := r.Box.Put(t.Context(), inbox.Entry{}); err == nil {
		t.Error("Put without a delivery: no error")
	}
}
