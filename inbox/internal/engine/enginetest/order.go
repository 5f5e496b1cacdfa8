package enginetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

// byPrefix is an order by what stands before the colon in the body.
func byPrefix(d *hooklatch.Delivery) string {
	key, _, _ := strings.Cut(string(d.Body), ":")
	return key
}

// A lane notes what its handlers see.
type lane struct {
	running int
	done    []int
}

// orderIsKept: many keys, attempts that fail, Puts that share transactions.
func orderIsKept(t *testing.T, open opener) {
	const keys, each = 20, 15
	r := open(inbox.Settings{MaxAttempts: 50, Backoff: soon, Order: byPrefix})
	var mu sync.Mutex
	lanes := make(map[string]*lane)
	r.run(handler(func(_ context.Context, d *hooklatch.Delivery) error {
		key, n, _ := strings.Cut(string(d.Body), ":")
		i, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		mu.Lock()
		l := lanes[key]
		if l == nil {
			l = new(lane)
			lanes[key] = l
		}
		if l.running++; l.running > 1 {
			t.Errorf("two deliveries of key %s run at once", key)
		}
		fails := rand.N(4) == 0
		mu.Unlock()
		time.Sleep(rand.N(2 * time.Millisecond))
		mu.Lock()
		defer mu.Unlock()
		l.running--
		if fails {
			return errors.New("no luck")
		}
		l.done = append(l.done, i)
		return nil
	}))
	var putters sync.WaitGroup
	for k := range keys {
		putters.Go(func() {
			for i := range each {
				r.put(Entry(fmt.Sprintf("%d:%d", k, i)))
			}
		})
	}
	putters.Wait()
	r.untilDone(keys * each)
	mu.Lock()
	defer mu.Unlock()
	for key, l := range lanes {
		if !slices.IsSorted(l.done) || len(l.done) != each {
			t.Errorf("key %s was handled in the order %v", key, l.done)
		}
	}
}

// untilDone waits until so many are Done.
func (r *rig) untilDone(want int) {
	r.t.Helper()
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		n, err := r.Box.Count(r.t.Context(), inbox.Filter{States: []inbox.State{inbox.Done}})
		if err != nil {
			r.t.Fatal(err)
		}
		if n == want {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%d of %d are done", n, want)
		}
	}
}

// deadOnesBlock, by choice, until an operator replays or discards them, or their
// retention ends.
func deadOnesBlock(t *testing.T, open opener) {
	fails := handler(func(_ context.Context, d *hooklatch.Delivery) error {
		if strings.HasSuffix(string(d.Body), "dies") && !d.Replay {
			return errors.New("a bug")
		}
		return nil
	})
	r := open(inbox.Settings{MaxAttempts: 1, Order: byPrefix})
	r.run(fails)
	r.until(r.put(Entry("a:dies")), inbox.Dead)
	r.until(r.put(Entry("a:next")), inbox.Done)

	r = open(inbox.Settings{MaxAttempts: 1, Order: byPrefix, DeadBlocks: true})
	r.run(fails)
	var dead, next []inbox.Entry
	for _, key := range []string{"replayed", "discarded", "swept"} {
		dead = append(dead, r.put(Entry(key+":dies")))
		next = append(next, r.put(Entry(key+":next")))
	}
	other := r.put(Entry("other:next"))
	for _, e := range dead {
		r.until(e, inbox.Dead)
	}
	r.until(other, inbox.Done)
	time.Sleep(100 * time.Millisecond)
	for _, e := range next {
		r.until(e, inbox.Waiting)
	}
	if n, err := r.Box.Replay(t.Context(), one(dead[0]), nil); n != 1 || err != nil {
		t.Errorf("Replay: %d, %v", n, err)
	}
	r.until(dead[0], inbox.Done)
	r.until(next[0], inbox.Done)
	if n, err := r.Box.Discard(t.Context(), one(dead[1]), "ada"); n != 1 || err != nil {
		t.Errorf("Discard: %d, %v", n, err)
	}
	r.until(next[1], inbox.Done)
	r.until(next[2], inbox.Waiting)
	if _, err := r.Sweep(t.Context(), time.Now().Add(31*24*time.Hour)); err != nil {
		t.Error(err)
	}
	r.until(next[2], inbox.Done)
}
