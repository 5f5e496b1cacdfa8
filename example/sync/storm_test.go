package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// A weather is what deliveries go through: they are slow, so that they overtake
// each other, and get lost, or their answers do, so that they come again.
type weather struct {
	mu      sync.Mutex
	random  *rand.Rand
	calm    bool
	deleted map[string]bool // the links whose deletion was acknowledged
}

var errStorm = errors.New("lost in the storm")

func (w *weather) layer(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return next.RoundTrip(r)
		}
		delay, lost, answerLost := w.forecast()
		sleep(r.Context(), delay)
		if lost || r.Context().Err() != nil {
			return nil, errStorm
		}
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode == http.StatusOK {
			w.note(r)
		}
		if answerLost {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return nil, errStorm
		}
		return resp, nil
	})
}

func (w *weather) forecast() (delay time.Duration, lost, answerLost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calm {
		return 0, false, false
	}
	if w.random.IntN(2) == 0 {
		delay = time.Duration(w.random.Int64N(int64(9 * time.Second)))
	}
	return delay, w.random.IntN(6) == 0, w.random.IntN(6) == 0
}

// note remembers which links are known to be gone.
func (w *weather) note(r *http.Request) {
	body, err := r.GetBody()
	if err != nil {
		return
	}
	text, _ := io.ReadAll(body)
	if _, after, ok := strings.Cut(string(text), `"link.deleted","data":{"link_id":"`); ok {
		id, _, _ := strings.Cut(after, `"`)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.deleted[id] = true
	}
}

func (w *weather) gone() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for id := range w.deleted {
		ids = append(ids, id)
	}
	return ids
}

// TestStorm: hundreds of changes, in hours of bad weather: deliveries that are
// late, lost or repeated, an API that fails in every way, outages, restarts,
// and a subscription that goes. Never is a link back that the program was told
// is gone, and in the end all is as the provider has it.
func TestStorm(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { storm(t, rand.New(rand.NewPCG(seed, 42))) })
		})
	}
}

func storm(t *testing.T, random *rand.Rand) {
	w := &weather{random: rand.New(rand.NewPCG(random.Uint64(), 0)), deleted: map[string]bool{}}
	r := newRig(t, w.layer)
	r.create("a", "b", "c", "d", "e")
	r.start()
	var faults []func()
	for i := range 150 {
		r.changeSomething(random, i)
		if random.IntN(8) == 0 {
			faults = append(faults, r.fake.Fault(somethingBad(random)))
		}
		switch random.IntN(50) {
		case 0: // nothing gets through
			r.network.cut(true)
			r.hours(random, i)
			r.network.cut(false)
		case 1:
			r.crash()
			r.hours(random, i)
			r.start()
		case 2:
			r.unsubscribe()
		}
		eachSecond(time.Duration(random.IntN(30))*time.Second, func() { r.wantGone(w) })
		if len(faults) > 3 {
			faults[0]() // also lets go what hangs
			faults = faults[1:]
		}
	}
	for _, remove := range faults {
		remove()
	}
	w.mu.Lock()
	w.calm = true
	w.mu.Unlock()
	for range 100 {
		time.Sleep(2 * defaultEvery / 100)
		r.wantGone(w)
	}
	r.wantEqual("after the storm")
	if hooks := r.ada.Webhooks(); len(hooks) != 1 || !hooks[0].Active {
		t.Errorf("webhooks %+v", hooks)
	}
	r.create("z")
	r.wantEqual("and webhooks come")
}

// hours are a time in which changes are made all the same.
func (r *rig) hours(random *rand.Rand, i int) {
	for range 1 + random.IntN(8) {
		r.changeSomething(random, i)
		time.Sleep(2*time.Second + time.Duration(random.IntN(2000))*time.Second)
	}
}

func (r *rig) wantGone(w *weather) {
	r.t.Helper()
	for _, id := range w.gone() {
		if r.has(id) {
			r.t.Fatalf("%s is back", id)
		}
	}
}

// changeSomething does what a creator does.
func (r *rig) changeSomething(random *rand.Rand, i int) {
	links := r.ada.Links()
	what := random.IntN(5)
	if len(links) < 3 || what == 0 && len(links) < 12 {
		r.create(fmt.Sprint("n", i))
		return
	}
	link := links[random.IntN(len(links))]
	switch what {
	case 1:
		r.ada.DeleteLink(link.ID)
	case 2:
		r.move(link, random.IntN(len(links)))
	default:
		r.rename(link, fmt.Sprint("title ", i))
	}
	if random.IntN(3) == 0 && what != 1 { // at the same moment
		r.ada.DeleteLink(link.ID)
	}
}

func (r *rig) unsubscribe() {
	hooks := r.ada.Webhooks()
	if len(hooks) == 0 {
		return
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodDelete, r.provider.URL+"/webhooks/"+hooks[0].ID, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.ada.Token())
	resp, err := r.provider.Client().Do(req)
	if err == nil { // else a fault was quicker
		_ = resp.Body.Close()
	}
}

func somethingBad(random *rand.Rand) linktreetest.Fault {
	bad := []linktreetest.Fault{
		{Status: 503, Times: 6},
		{Status: 429, RetryAfter: 20 * time.Second, Times: 1},
		{Latency: 4 * time.Second, Times: 20},
		{Ending: linktreetest.Cut, Times: 2},
		{Ending: linktreetest.Reset, Times: 3},
		{Ending: linktreetest.Drip, Times: 1},
		{Ending: linktreetest.Hang, Times: 2},
		{Body: `{"links":[]`, Times: 1},
		{Body: `{}`, Times: 1},
		{RepeatCursor: true, Times: 1},
	}
	return bad[random.IntN(len(bad))]
}
