package adaptertest

import (
	"fmt"
	"sync"
	"time"
)

// concurrency is about several deliveries at once.
var concurrency = []behaviour{
	{"concurrent-no-crosstalk", crosstalk},
	{"duplicate-waits", duplicateWaits},
}

// crosstalk sends many at once, of which a third fails, and checks that each
// gets its own answer.
func crosstalk(p *probe) {
	r := newRig(p)
	a := r.app(func(x Exchange) error {
		d, _ := x.Delivery()
		time.Sleep(time.Millisecond)
		switch d.ID[len(d.ID)-1] % 3 {
		case 0:
			return StatusError(422)
		case 1:
			return x.Text(500, d.ID)
		}
		return x.Text(200, d.ID)
	})
	r.serve(a)
	var wg sync.WaitGroup
	problems := make(chan string, 60)
	for range cap(problems) {
		ev := event()
		req := r.request(ev)
		wg.Go(func() {
			got := r.do(req)
			status, body := 200, ev.ID
			switch ev.ID[len(ev.ID)-1] % 3 {
			case 0:
				status, body = 422, got.body
			case 1:
				status = 500
			}
			if got.err != nil || got.status != status || got.body != body {
				problems <- fmt.Sprintf("%s: answer %d %q (error %v), want %d", ev.ID, got.status, got.body, got.err, status)
			}
		})
	}
	wg.Wait()
	close(problems)
	for problem := range problems {
		p.errorf("%s", problem)
	}
}

// duplicateWaits sends an event again while the first handler runs.
func duplicateWaits(p *probe) {
	for _, end := range []want{{done, 200, duplicate}, {released, 200, received}} {
		r := newRig(p)
		started, finish := make(chan struct{}), make(chan struct{})
		r.serve(r.app(func(x Exchange) error {
			r.healed.Store(true)
			close(started)
			<-finish
			if end.end == released {
				return errHandler
			}
			return x.Text(200, "thanks")
		}))
		ev := event()
		one, two := r.request(ev), r.request(ev)
		first, second := make(chan answer, 1), make(chan answer, 1)
		go func() { first <- r.do(one) }()
		<-started
		go func() { second <- r.do(two) }()
		close(finish)
		r.want(<-second, end.status, end.body)
		if got := <-first; got.success() != (end.end == done) {
			p.errorf("the first was answered %d, want it %v", got.status, end.end)
		}
	}
}
