package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A storm is deliveries, many of each event and many at once.
type storm struct {
	ids, copies, senders, kills int
}

// sent is what became of the deliveries.
type sent struct {
	total, acked, refused, cut, kills int64
}

// run delivers each event so many times in random order, and then goes on with
// those that were not acknowledged, as a provider does.
func (s storm) run(ctx context.Context, e *engine) (sent, error) {
	scheme, err := provider.Linktree(secret)
	if err != nil {
		return sent{}, err
	}
	f, err := launch(ctx, e.env)
	if err != nil {
		return sent{}, err
	}
	defer f.close()
	client := &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: s.senders, DisableKeepAlives: false},
		Timeout:   30 * time.Second,
	}
	defer client.CloseIdleConnections()

	events, round := s.events()
	acked := make([]atomic.Bool, s.ids)
	var out sent
	done := make(chan struct{})
	killed := make(chan error, 1)
	go func() { killed <- s.kill(ctx, f, &out.kills, done) }()
	for len(round) > 0 && ctx.Err() == nil {
		rand.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		s.deliver(ctx, round, func(n int) {
			a := (&hooktest.Sender{URL: f.url(), Signer: scheme, Client: client}).Post(ctx, events[n])
			atomic.AddInt64(&out.total, 1)
			switch {
			case a.OK():
				atomic.AddInt64(&out.acked, 1)
				acked[n].Store(true)
			case a.Err != nil:
				atomic.AddInt64(&out.cut, 1)
			default:
				atomic.AddInt64(&out.refused, 1)
			}
		})
		round = round[:0]
		for n := range s.ids {
			if !acked[n].Load() {
				round = append(round, n)
			}
		}
	}
	close(done)
	if err := <-killed; err != nil {
		return out, err
	}
	return out, ctx.Err()
}

// events returns the events, and the first round: each event so many times.
func (s storm) events() ([]hooktest.Event, []int) {
	events := make([]hooktest.Event, s.ids)
	for i := range events {
		events[i] = hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": linkID(i), "title": "Shop"})
	}
	round := make([]int, 0, s.ids*s.copies)
	for i := range s.ids * s.copies {
		round = append(round, i%s.ids)
	}
	return events, round
}

// deliver spreads the round over the senders.
func (s storm) deliver(ctx context.Context, round []int, send func(n int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range s.senders {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(round)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				send(round[i])
			}
		})
	}
	wg.Wait()
}

// kill kills receivers, one after the other, for as long as the storm lasts.
func (s storm) kill(ctx context.Context, f *fleet, kills *int64, done <-chan struct{}) error {
	for range s.kills {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		case <-time.After(50*time.Millisecond + rand.N(200*time.Millisecond)):
		}
		if err := f.kill(rand.N(replicas)); err != nil {
			return err
		}
		*kills++
	}
	return nil
}

func linkID(n int) string { return fmt.Sprintf("lnk_%d", n) }
