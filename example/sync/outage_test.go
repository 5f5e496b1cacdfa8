package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// TestUnsteady: a list that is another each time it is read is not taken, and
// no webhook tells of the changes.
func TestUnsteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(http.RoundTripper) http.RoundTripper {
			return transport.Func(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodHead {
					return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
				}
				return nil, errStorm
			})
		})
		links := r.create("a", "b", "c")
		r.start()
		r.wantEqual("at first")
		before := r.links()
		remove := r.fake.Fault(linktreetest.Fault{Path: "/links", Latency: 3 * time.Second})
		for i := range 600 {
			r.rename(links[0], fmt.Sprint("title ", i))
			time.Sleep(3 * time.Second)
			if !slices.Equal(r.links(), before) {
				t.Fatalf("taken: %+v", r.links())
			}
		}
		if !strings.Contains(r.logs.String(), errUnsteady.Error()) {
			t.Errorf("the log does not tell:\n%s", r.logs.String())
		}
		remove()
		time.Sleep(defaultEvery + time.Minute)
		r.wantEqual("in the end")
	})
}

// TestOutage: three days in which nothing gets through. The subscription is
// switched off, and nothing of it all is ever delivered.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		links := r.create("a", "b", "c", "d")
		r.start()
		r.wantEqual("at first")
		r.network.cut(true)
		for i := range 73 {
			r.rename(links[0], fmt.Sprint("title ", i))
			time.Sleep(time.Hour)
		}
		r.ada.DeleteLink(links[1].ID)
		r.move(links[3], 0)
		r.create("e")
		time.Sleep(time.Hour)
		if r.ada.Webhooks()[0].Active {
			t.Fatal("the subscription is not switched off")
		}
		if !r.has(links[1].ID) {
			t.Error("the network is not down")
		}
		r.network.cut(false)
		time.Sleep(defaultEvery + time.Minute)
		r.wantEqual("when it is over")
		if !r.ada.Webhooks()[0].Active {
			t.Error("the subscription is not switched on again")
		}
		for _, want := range []string{"action=enabled", "added=1 changed=", "removed=1"} {
			if !strings.Contains(r.logs.String(), want) {
				t.Errorf("the log lacks %q", want)
			}
		}
		before := r.listings()
		r.rename(links[2], "C")
		r.wantEqual("webhooks come again")
		if r.listings() != before {
			t.Error("it was a listing, not a webhook")
		}
	})
}

// TestLost: deliveries get lost and nothing else tells of it.
func TestLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		links := r.create("a", "b", "c")
		r.start()
		time.Sleep(time.Minute)
		r.network.cut(true) // and up again, between two looks
		r.ada.DeleteLink(links[0].ID)
		r.create("d")
		synctest.Wait()
		r.fake.Close() // no retries
		r.network.cut(false)
		time.Sleep(defaultEvery)
		r.wantEqual("after the next look")
	})
}

// TestRestart: a retry of before the restart tells of a link that is gone.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		links := r.create("a", "b")
		r.start()
		held, release := r.network.holdUp(func(body []byte) bool { return strings.Contains(string(body), "late") })
		defer release()
		r.rename(links[0], "late")
		<-held
		time.Sleep(time.Second)
		r.ada.DeleteLink(links[0].ID)
		synctest.Wait()
		r.crash()
		time.Sleep(2 * time.Second)
		r.launch()
		r.wantEqual("after the restart")
		release()
		eachSecond(time.Minute, func() { r.wantEqual("when the update has come") })
		if n := len(r.fake.Attempts()); n != 2 {
			t.Errorf("%d deliveries, want the deletion and the update", n)
		}
		r.create("c")
		r.wantEqual("and a new one is there at once")
	})
}

// TestBroken: the API fails for a day, and is not stormed.
func TestBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.create("a")
		up := r.fake.Fault(linktreetest.Fault{Status: 500})
		r.start()
		time.Sleep(24 * time.Hour)
		// Every 15 minutes, four times each at most for two calls.
		if got := len(r.fake.Requests()); got < 96 || got > 96*8+50 {
			t.Errorf("%d requests in a day", got)
		}
		if !strings.Contains(r.logs.String(), "out of step with the provider") {
			t.Errorf("the log does not tell:\n%s", r.logs.String())
		}
		up()
		time.Sleep(defaultEvery + time.Minute)
		r.wantEqual("when it is up again")
	})
}
