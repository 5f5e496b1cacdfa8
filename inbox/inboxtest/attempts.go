package inboxtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

var attempts = []behaviour{
	{"handled-once-and-done", ruleEnds, handledOnceAndDone},
	{"handler-gets-what-came", ruleReplay, handlerGetsWhatCame},
	{"only-the-named-endpoints-run", ruleEndpoints, onlyNamedEndpoints},
	{"failed-attempt-runs-again", ruleAttempt, failedAttemptRunsAgain},
	{"no-return-is-a-failure", ruleFailed, noReturnIsAFailure},
	{"reported-failure-counts", ruleFailed, reportedFailureCounts},
	{"last-attempt-is-dead-and-kept", ruleKept, lastAttemptIsDead},
	{"dead-letter-is-recorded", ruleEnds, deadLetterIsRecorded},
	{"run-finishes-what-is-in-hand", ruleFinish, runFinishes},
}

func handledOnceAndDone(c *check) {
	b, e := c.open(standard), c.entry("a", "")
	var runs atomic.Int32
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		d.Type = "link.created" // as a router does that reads it from the body
		runs.Add(1)
		return nil
	})
	c.put(b, e, false, "of an unknown key")
	r := c.until(b, e.Key, inbox.Done)
	if r.Attempts != 1 || r.Error != "" || r.Ended.IsZero() || len(r.Timeline) == 0 || r.Timeline[len(r.Timeline)-1].What != "done" || r.Delivery.Type != "link.created" {
		c.broken("the record of what succeeded at once: %+v", r)
	}
	c.put(b, e, true, "of what is done")
	time.Sleep(50 * time.Millisecond)
	if n := runs.Load(); n != 1 {
		c.broken("the handler ran %d times, want once", n)
	}
}

func handlerGetsWhatCame(c *check) {
	b, e := c.open(standard), c.entry("a", "")
	got := make(chan hooklatch.Delivery, 9)
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		got <- *d
		d.Type, d.TypeMember = "link.created", "event" // as a router does
		if d.Attempt == 1 {
			return errors.New("once more")
		}
		return nil
	})
	c.put(b, e, false, "of an unknown key")
	for attempt := range 2 {
		d, want := <-got, *e.Delivery
		d.Time, d.Received, want.Attempt = want.Time, want.Received, attempt+1
		if !reflect.DeepEqual(d, want) {
			c.broken("the handler got %+v, want %+v", d, want)
		}
	}
}

func onlyNamedEndpoints(c *check) {
	b := c.open(standard)
	mine, other := c.entry("a", "link.created"), c.entry("a.b", "link.created")
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		if d.Endpoint != "a" {
			return errors.New("not mine: " + d.Endpoint)
		}
		return nil
	})
	c.put(b, other, false, "of an unknown key")
	c.put(b, mine, false, "of an unknown key")
	c.until(b, mine.Key, inbox.Done)
	time.Sleep(50 * time.Millisecond)
	if r := c.get(b, other.Key); r.State != inbox.Waiting || r.Error != "" || r.Attempts != 0 {
		c.broken("a delivery of an endpoint that Run does not name: %+v", r)
	}
}

func failedAttemptRunsAgain(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	seen := make(chan int, 9)
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error {
		seen <- d.Attempt
		if d.Replay {
			return errors.New("nobody asked for a replay")
		}
		if d.Attempt < 3 {
			return fmt.Errorf("failure %d", d.Attempt)
		}
		return nil
	})
	c.put(b, e, false, "of an unknown key")
	r := c.until(b, e.Key, inbox.Done)
	if got := []int{<-seen, <-seen, <-seen}; !reflect.DeepEqual(got, []int{1, 2, 3}) || r.Attempts != 3 {
		c.broken("attempts %v, recorded %d, want 1, 2, 3", got, r.Attempts)
	}
	if len(r.Timeline) != 3 || r.Timeline[1].Error != "failure 2" || r.Timeline[1].Attempt != 2 || r.Error != "" {
		c.rule = ruleKept
		c.broken("the timeline of two failures and a success: %+v", r.Timeline)
	}
}

func noReturnIsAFailure(c *check) {
	s := standard
	s.MaxAttempts, s.HandlerTimeout = 4, 200*time.Millisecond
	b, e := c.open(s), c.entry("a", "link.created")
	c.run(b, "a", func(ctx context.Context, d *hooklatch.Delivery) error {
		switch d.Attempt {
		case 1:
			panic("boom")
		case 2:
			runtime.Goexit()
		case 3:
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	c.put(b, e, false, "of an unknown key")
	r := c.until(b, e.Key, inbox.Done)
	if r.Attempts != 4 || !strings.Contains(r.Timeline[0].Error, "boom") {
		c.broken("a panic, an exit and a time-out: %d attempts, %+v", r.Attempts, r.Timeline)
	}
	// What did not return has not taken its place for good.
	next := c.entry("a", "link.created")
	next.Delivery.Attempt = 0
	c.put(b, next, false, "of an unknown key")
	c.until(b, next.Key, inbox.Done)
}

func reportedFailureCounts(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	c.run(b, "a", func(ctx context.Context, d *hooklatch.Delivery) error {
		if d.Attempt == 1 && !hooklatch.Report(ctx, hooklatch.Failed, errors.New("reported")) {
			return errors.New("no Reporter in the context")
		}
		return nil
	})
	c.put(b, e, false, "of an unknown key")
	if r := c.until(b, e.Key, inbox.Done); r.Attempts != 2 || r.Timeline[0].Error != "reported" {
		c.broken("a handler that reported Failed and returned nil: %+v", r.Timeline)
	}
}

func lastAttemptIsDead(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	c.run(b, "a", func(_ context.Context, d *hooklatch.Delivery) error { return fmt.Errorf("failure %d", d.Attempt) })
	c.put(b, e, false, "of an unknown key")
	r := c.until(b, e.Key, inbox.Dead)
	if r.Attempts != standard.MaxAttempts || len(r.Timeline) != 3 || r.Error != "failure 3" || r.Timeline[0].Error != "failure 1" {
		c.broken("a delivery that failed as often as it may: %+v", r)
	}
	if !r.Payload || !reflect.DeepEqual(r.Delivery.Body, e.Delivery.Body) || r.Delivery.Header.Get("X-Test") != "one" {
		c.broken("its payload is not kept: %+v", r.Delivery)
	}
	c.put(b, e, true, "of what is dead")
	c.rule = ruleFilter
	c.finds(b, inbox.Filter{Error: "failure 3"}, e.Key)
	c.finds(b, inbox.Filter{Error: "failure 1"})
}

func deadLetterIsRecorded(c *check) {
	b, e, fails := c.open(standard), c.entry("a", "link.created"), c.entry("a", "link.deleted")
	var taken atomic.Int32
	c.run(b, "a", func(ctx context.Context, d *hooklatch.Delivery) error {
		hooklatch.ReporterFrom(ctx).DeadLetter(errors.New("for good"), func(context.Context) error {
			taken.Add(1)
			if d.Type == "link.deleted" {
				return errors.New("hook is down")
			}
			return nil
		})
		return nil
	})
	c.put(b, e, false, "of an unknown key")
	c.put(b, fails, false, "of an unknown key")
	if r := c.until(b, e.Key, inbox.DeadLettered); r.Error != "for good" || !r.Payload {
		c.broken("what a dead-letter hook took: %+v", r)
	}
	c.rule = ruleFailed
	if r := c.until(b, fails.Key, inbox.Dead); r.Attempts != standard.MaxAttempts {
		c.broken("what a dead-letter hook did not take: %d attempts, want %d", r.Attempts, standard.MaxAttempts)
	}
}

func runFinishes(c *check) {
	b, e := c.open(standard), c.entry("a", "link.created")
	ctx, stop := context.WithCancel(c.ctx)
	begun, ended := make(chan struct{}, 9), make(chan error, 1)
	c.runs.Go(func() {
		ended <- b.Run(ctx, map[string]inbox.Handler{"a": handler(func(ctx context.Context, _ *hooklatch.Delivery) error {
			begun <- struct{}{}
			time.Sleep(300 * time.Millisecond)
			return ctx.Err()
		})})
	})
	c.put(b, e, false, "of an unknown key")
	<-begun
	stop()
	c.ok(<-ended, "Run after its context ended")
	if r := c.get(b, e.Key); r.State != inbox.Done {
		c.broken("what was in hand when Run's context ended is %v, with error %q", r.State, r.Error)
	}
}
