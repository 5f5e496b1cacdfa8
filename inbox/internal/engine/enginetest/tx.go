package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/inbox"
)

func txCommitsWithTheRecord(t *testing.T, open opener) {
	r := open(inbox.Settings{})
	r.run(handler(func(ctx context.Context, d *hooklatch.Delivery) error {
		if err := r.Insert(ctx, d.ID); err != nil {
			return err
		}
		return r.Insert(ctx, d.ID) // the same transaction
	}))
	var entries []inbox.Entry
	for range 20 {
		entries = append(entries, r.put(Entry("{}")))
	}
	for _, e := range entries {
		r.until(e, inbox.Done)
		if n := r.Rows(e.Delivery.ID); n != 2 {
			t.Errorf("%d rows of the handler's, want 2", n)
		}
	}
}

// txIsRolledBack: nothing stays of an attempt that failed, however it did.
func txIsRolledBack(t *testing.T, open opener) {
	r := open(inbox.Settings{MaxAttempts: 5, Backoff: soon, HandlerTimeout: time.Second})
	var hooked int
	r.mux.DeadLetter = func(ctx context.Context, d *hooklatch.Delivery, _ error) error {
		hooked = r.Rows(d.ID)
		return nil
	}
	r.mux.Handle("fails", dispatch.HandlerFunc(func(ctx context.Context, d *hooklatch.Delivery) error {
		if err := r.Insert(ctx, d.ID); err != nil {
			return err
		}
		switch d.Attempt {
		case 1:
			return errors.New("no")
		case 2:
			panic("no")
		case 3:
			<-ctx.Done()
			return ctx.Err()
		case 4:
			hooklatch.Report(ctx, hooklatch.Failed, errors.New("no"))
		}
		return nil
	}))
	r.mux.Handle("permanent", dispatch.HandlerFunc(func(ctx context.Context, d *hooklatch.Delivery) error {
		return dispatch.Permanent(errors.Join(r.Insert(ctx, d.ID), errors.New("for good")))
	}))
	r.run(&r.mux)
	fails := r.put(Entry(`{"type":"fails"}`))
	permanent := r.put(Entry(`{"type":"permanent"}`))
	if record := r.until(fails, inbox.Done); record.Attempts != 5 {
		t.Errorf("%d attempts, want 5: %+v", record.Attempts, record.Timeline)
	}
	if n := r.Rows(fails.Delivery.ID); n != 1 {
		t.Errorf("four failures and a success have left %d rows, want 1", n)
	}
	r.until(permanent, inbox.DeadLettered)
	if n := r.Rows(permanent.Delivery.ID); n != 0 || hooked != 0 {
		t.Errorf("a dead letter has left %d rows, and %d while its hook ran, want 0", n, hooked)
	}
}

func noTxOutside(t *testing.T, open opener) {
	r := open(inbox.Settings{})
	if err := r.Insert(t.Context(), "x"); !errors.Is(err, inbox.ErrNoTx) {
		t.Errorf("Tx outside of a handler: %v, want ErrNoTx", err)
	}
	late := make(chan context.Context, 1)
	r.run(handler(func(ctx context.Context, _ *hooklatch.Delivery) error { late <- ctx; return nil }))
	r.until(r.put(Entry("{}")), inbox.Done)
	if err := r.Insert(<-late, "x"); err == nil || r.Rows("x") != 0 {
		t.Errorf("Tx after the handler has returned: %v, %d rows", err, r.Rows("x"))
	}
}

// handlerThatHangs: it takes neither its place nor the others' time for good.
func handlerThatHangs(t *testing.T, open opener) {
	r := open(inbox.Settings{MaxAttempts: 2, Backoff: soon, HandlerTimeout: 300 * time.Millisecond, Workers: 1})
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	r.run(handler(func(ctx context.Context, d *hooklatch.Delivery) error {
		if d.Attempt > 1 {
			return nil
		}
		if err := r.Insert(ctx, d.ID); err != nil {
			return err
		}
		<-release // whatever its context says
		return nil
	}))
	e := r.put(Entry("{}"))
	if record := r.until(e, inbox.Done); record.Attempts != 2 || record.Timeline[0].Error != "the handler did not return in time" {
		t.Errorf("a handler that hangs: %+v", record.Timeline)
	}
}
