package enginetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/inbox"
)

// whatCanNotSucceed is dead after one attempt, and can be replayed.
func whatCanNotSucceed(t *testing.T, open opener) {
	r := open(inbox.Settings{Backoff: soon})
	bug := map[string]error{
		"permanent": dispatch.Permanent(errors.New("no")),
		"wrapped":   fmt.Errorf("outer: %w", dispatch.Permanent(errors.New("no"))),
		"both":      errors.Join(dispatch.Permanent(errors.New("no")), &dispatch.DecodeError{Err: errors.New("no")}),
	}
	for name := range bug {
		r.mux.Handle(name, dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { return bug[name] }))
	}
	r.mux.Handle("data", dispatch.JSON(func(context.Context, dispatch.Event[struct{ N int }]) error { return nil }))
	r.run(&r.mux)

	var dead []inbox.Entry
	for _, body := range []string{
		`{"type":"permanent"}`, `{"type":"wrapped"}`, `{"type":"both"}`,
		`{"type":"data","data":{"N":"a text"}}`, `{"type":"data"}`, `not JSON`, `{"type":1}`, "a form",
	} {
		e := Entry(body)
		if body == "a form" {
			e.Delivery.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.put(e)
		if record := r.until(e, inbox.Dead); record.Attempts != 1 || record.Error == "" || !record.Payload {
			t.Errorf("%s: %d attempts, error %q, payload kept: %v", body, record.Attempts, record.Error, record.Payload)
		}
		dead = append(dead, e)
	}
	r.end()
	clear(bug)
	r.run(&r.mux)
	if n, err := r.Box.Replay(t.Context(), inbox.Filter{}, nil); n != len(dead) || err != nil {
		t.Errorf("Replay of all: %d, %v, want %d", n, err, len(dead))
	}
	for _, e := range dead[:3] {
		r.until(e, inbox.Done)
	}
	for _, e := range dead[3:] {
		r.until(e, inbox.Dead)
	}
}

// whatMaySucceed is tried again, whatever else is wrong with it.
func whatMaySucceed(t *testing.T, open opener) {
	r := open(inbox.Settings{Backoff: soon})
	for name, err := range map[string]error{
		"ordinary": errors.New("no"),
		"joined":   errors.Join(dispatch.Permanent(errors.New("no")), errors.New("perhaps")),
		"later":    dispatch.RetryAfter(dispatch.Permanent(errors.New("no")), time.Millisecond),
	} {
		r.mux.Handle(name, dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
			if d.Attempt > 1 {
				return nil
			}
			return err
		}))
	}
	r.run(&r.mux)
	for _, name := range []string{"ordinary", "joined", "later"} {
		if record := r.until(r.put(Entry(`{"type":"`+name+`"}`)), inbox.Done); record.Attempts != 2 {
			t.Errorf("%s: %d attempts, want 2", name, record.Attempts)
		}
	}
}

func retryAfterWaits(t *testing.T, open opener) {
	r := open(inbox.Settings{Backoff: func(int) time.Duration { return time.Hour }, MaxRetryAfter: 2 * time.Second})
	times := make(chan time.Time, 4)
	r.run(handler(func(_ context.Context, d *hooklatch.Delivery) error {
		times <- time.Now()
		if d.Attempt == 1 {
			return dispatch.RetryAfter(errors.New("busy"), time.Duration(len(d.Body))*time.Second)
		}
		return nil
	}))
	for body, wait := range map[string]time.Duration{"1": time.Second, strings.Repeat("long", 900): 2 * time.Second} {
		e := r.put(Entry(body))
		record := r.until(e, inbox.Done)
		first, second := <-times, <-times
		if d := second.Sub(first); d < wait || d > wait+5*time.Second || record.Attempts != 2 {
			t.Errorf("RetryAfter of %d s, bounded to 2 s: waited %v, %d attempts", len(body), d, record.Attempts)
		}
	}
}

func unknownTypes(t *testing.T, open opener) {
	r := open(inbox.Settings{Backoff: soon})
	r.run(&r.mux)
	e := r.put(Entry(`{"type":"never.heard.of"}`))
	record := r.until(e, inbox.Done)
	if last := record.Timeline[0]; last.What != "unknown type" || record.Delivery.Type != "never.heard.of" {
		t.Errorf("an unknown type: %+v, type %q", record.Timeline, record.Delivery.Type)
	}
	if n, err := r.Box.Count(t.Context(), inbox.Filter{Type: "never.heard.of"}); n != 1 || err != nil {
		t.Errorf("records of the type that the handler found: %d, %v", n, err)
	}
}

func replayIsSpreadOut(t *testing.T, open opener) {
	const n, rate = 20, 10
	r := open(inbox.Settings{MaxAttempts: 1, Backoff: soon})
	times := make(chan time.Time, n)
	r.run(handler(func(_ context.Context, d *hooklatch.Delivery) error {
		if !d.Replay {
			return errors.New("a bug")
		}
		times <- time.Now()
		return nil
	}))
	for range n {
		r.until(r.put(Entry("{}")), inbox.Dead)
	}
	begin := time.Now()
	if got, err := r.Box.Replay(t.Context(), inbox.Filter{}, &inbox.ReplayOptions{PerSecond: rate}); got != n || err != nil {
		t.Fatalf("Replay: %d, %v", got, err)
	}
	for i := range n {
		// No earlier than its turn; times come in no particular order.
		at := (<-times).Sub(begin)
		if earliest := time.Duration(i-1) * time.Second / rate / 2; at < earliest {
			t.Errorf("replay %d of %d at %d a second ran after %v", i, n, rate, at)
		}
	}
	if all := time.Since(begin); all < (n-1)*time.Second/rate {
		t.Errorf("%d replays at %d a second took %v", n, rate, all)
	}
}
