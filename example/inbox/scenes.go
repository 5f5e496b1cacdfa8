package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/hooklatch/hooklatch/inbox"
)

// storm kills receivers while events come.
func (s *stage) storm(ctx context.Context) error {
	s.say("1. %d events come, and the receiver is killed %d times meanwhile.", s.events, s.kills)
	if err := s.raise(); err != nil {
		return err
	}
	began := time.Now()
	killed := make(chan error, 1)
	go func() {
		for range s.kills {
			time.Sleep(200*time.Millisecond + rand.N(200*time.Millisecond))
			s.kill()
			if err := s.raise(); err != nil {
				killed <- err
				return
			}
		}
		killed <- nil
	}()
	requests, err := s.send(ctx, s.events, "a title")
	if err != nil {
		return err
	}
	if err := <-killed; err != nil {
		return err
	}
	s.say("   All are acknowledged after %v, in %d requests.", time.Since(began).Round(time.Millisecond), requests)
	began = time.Now()
	if err := s.drain(ctx); err != nil {
		return err
	}
	_, again := s.second.told()
	s.say("   Nothing waits any more after another %v.", time.Since(began).Round(time.Millisecond))
	s.say("   %d handlers ran again after the kills: of their links the second system, which is in no transaction, was told again.", again)
	return s.judge(ctx, true)
}

// judge stops the receiver and counts what took effect, and what of it in the
// order in which the inbox stored the events of an account.
func (s *stage) judge(ctx context.Context, ordered bool) error {
	if err := s.stop(); err != nil {
		return err
	}
	box, err := open(ctx, s.store, s.at, settings())
	if err != nil {
		return err
	}
	defer box.close()
	effects, err := box.rows(ctx)
	if err != nil {
		return err
	}
	times := make(map[string]int)
	for _, id := range effects {
		times[id]++
	}
	lost, twice := 0, 0
	for _, id := range s.sent {
		switch n := times[id]; {
		case n == 0:
			lost++
		case n > 1:
			twice++
		}
	}
	s.say("   Of %d events acknowledged, %d took effect once, %d twice, %d never.", len(s.sent), len(s.sent)-lost-twice, twice, lost)
	if lost+twice > 0 {
		return fmt.Errorf("%d events lost, %d with their effect twice", lost, twice)
	}
	if !ordered {
		return nil
	}
	return s.order(ctx, box, effects)
}

// order compares the order of the effects with that of the inbox.
func (s *stage) order(ctx context.Context, box *kept, effects []string) error {
	stored := make(map[string]int64)
	p := inbox.Page{Limit: 500}
	for {
		records, err := box.List(ctx, inbox.Filter{}, &p)
		if err != nil {
			return err
		}
		for _, r := range records {
			stored[r.Delivery.ID], p.After = r.Seq, r.Seq
		}
		if len(records) < p.Limit {
			break
		}
	}
	latest, wrong := make(map[string]int64), 0
	for _, id := range effects {
		if stored[id] < latest[accountOf(id)] {
			wrong++
		}
		latest[accountOf(id)] = stored[id]
	}
	s.say("   Of %d accounts, %d events took effect out of their order.", len(latest), wrong)
	if wrong > 0 {
		return fmt.Errorf("%d events out of order", wrong)
	}
	return nil
}

// outage takes the second system away for a while.
func (s *stage) outage(ctx context.Context) error {
	const n = 300
	s.say("\n2. The second system is away, and %d events come.", n)
	if err := s.raise(); err != nil {
		return err
	}
	s.second.away.Store(true)
	began := time.Now()
	if _, err := s.send(ctx, n, "a title"); err != nil {
		return err
	}
	s.say("   All are acknowledged after %v.", time.Since(began).Round(time.Millisecond))
	for range 3 {
		time.Sleep(500 * time.Millisecond)
		lag, err := s.lag(ctx)
		if err != nil {
			return err
		}
		s.say("   %d wait.", lag)
	}
	s.second.away.Store(false)
	began = time.Now()
	if err := s.drain(ctx); err != nil {
		return err
	}
	links, _ := s.second.told()
	s.say("   It is back, and after %v knows all %d links.", time.Since(began).Round(time.Millisecond), links)
	if links != len(s.sent) {
		return fmt.Errorf("the second system knows %d links of %d", links, len(s.sent))
	}
	return s.judge(ctx, true)
}

// bug lets events die, and replays them.
func (s *stage) bug(ctx context.Context) error {
	const n = 20
	s.say("\n3. The handler has a bug, and %d events die of it.", n)
	if err := s.raise(); err != nil {
		return err
	}
	if _, err := s.send(ctx, n, ""); err != nil {
		return err
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	if err := s.stop(); err != nil {
		return err
	}
	if err := s.replay(ctx, n); err != nil {
		return err
	}
	s.fixed = true
	if err := s.raise(); err != nil {
		return err
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	s.say("   A receiver without the bug has handled them.")
	return s.judge(ctx, false)
}

// replay lists the dead and asks for them again.
func (s *stage) replay(ctx context.Context, want int) error {
	box, err := open(ctx, s.store, s.at, settings())
	if err != nil {
		return err
	}
	defer box.close()
	dead := inbox.Filter{States: []inbox.State{inbox.Dead}, Error: "without a title"}
	records, err := box.List(ctx, dead, &inbox.Page{Limit: 3})
	if err != nil {
		return err
	}
	for _, r := range records {
		s.say("   %s %s: %s after %d attempt: %s", r.Delivery.Type, r.Delivery.ID, r.State, r.Attempts, r.Error)
	}
	o := inbox.ReplayOptions{By: "example", DryRun: true}
	would, err := box.Replay(ctx, dead, &o)
	if err != nil {
		return err
	}
	o.DryRun = false
	n, err := box.Replay(ctx, dead, &o)
	if err != nil {
		return err
	}
	s.say("   and so on. A dry run counts %d, the replay %d.", would, n)
	if would != want || n != want {
		return fmt.Errorf("%d events would be replayed, %d were, of %d", would, n, want)
	}
	return nil
}
