package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

func TestMirror(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		links := r.create("a", "b", "c")
		r.start()
		r.wantEqual("at first")
		if hooks := r.ada.Webhooks(); len(hooks) != 1 || !hooks[0].Active {
			t.Errorf("webhooks %+v", hooks)
		}
		before := r.listings()

		// A burst of changes: in the table at once, one after the other,
		// and one listing for all of them.
		r.rename(links[0], "A")
		r.wantEqual("renamed")
		r.move(links[2], 0)
		r.wantEqual("moved")
		r.ada.DeleteLink(links[1].ID)
		r.wantEqual("deleted")
		r.create("d")
		r.wantEqual("created")
		if got := r.listings() - before; got != 0 {
			t.Errorf("%d requests before the changes have settled", got)
		}
		time.Sleep(time.Minute)
		if got := r.listings() - before; got != 2 {
			t.Errorf("the list was read %d times, want twice, for the two to agree", got)
		}
		time.Sleep(time.Hour)
		if got := r.listings() - before; got != 2+2*4 {
			t.Errorf("the list was read %d times in the hour, want 2 and 2 every 15 minutes", got)
		}
		r.wantEqual("in the end")
	})
}

// TestSubscribesFirst: what changes while the first listing is read is not
// missed.
func TestSubscribesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		links := r.create("a", "b")
		r.fake.Fault(linktreetest.Fault{Path: "/links", Method: "GET", Latency: 5 * time.Second})
		time.AfterFunc(7*time.Second, func() { r.ada.DeleteLink(links[0].ID) }) // as the second pass is under way
		r.start()
		r.wantEqual("at first")
	})
}

// TestMoreThanTold: what an event does not tell is there after the next listing.
func TestMoreThanTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		r.start()
		made := r.create("a")[0]
		thumbnail := "https://img.example/a.png"
		r.ada.UpdateLink(made.ID, schema.LinkInput{ThumbnailURL: &thumbnail})
		// An event without an id, and of no time.
		r.ada.Emit(linktree.LinkUpdated, nil)
		time.Sleep(time.Minute)
		r.wantEqual("in the end")
		for _, a := range r.fake.Attempts() {
			if !a.OK() {
				t.Errorf("%+v", a)
			}
		}
	})
}

// TestEventsAlone: while the list can't be read, the webhooks do what they can.
func TestEventsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		links := r.create("a", "b", "c", "d")
		r.start()
		up := r.fake.Fault(linktreetest.Fault{Path: "/links", Status: 503})
		for i := range 100 {
			r.move(links[i%4], i%3)
			synctest.Wait()
			r.rename(links[(i+1)%4], fmt.Sprint("title ", i))
			r.wantEqual("moved and renamed")
			time.Sleep(time.Minute)
		}
		r.ada.DeleteLink(links[0].ID)
		r.wantEqual("deleted")
		if got := r.listings(); got > 800 { // each is sent four times at most
			t.Errorf("%d requests for links in 100 minutes of an outage", got)
		}
		if !strings.Contains(r.logs.String(), "linktree: links.list: ") {
			t.Error("the log does not tell that the list can't be read")
		}
		up()
	})
}

// TestDuringListing: pages take five seconds each, and all sorts of things
// happen meanwhile.
func TestDuringListing(t *testing.T) {
	for second := range 40 {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			links := r.create("a", "b", "c", "d", "e", "f")
			r.start()
			r.wantEqual("at first")
			r.fake.Fault(linktreetest.Fault{Path: "/links", Latency: 5 * time.Second})
			r.rename(links[5], "has the list read")
			time.Sleep(defaultSettle + time.Duration(second)*time.Second)

			r.ada.DeleteLink(links[0].ID)
			r.move(links[4], 0) // to a page that has been read, maybe
			r.rename(links[3], "D")
			made := r.create("g")[0]
			synctest.Wait()
			eachSecond(5*time.Minute, func() {
				if r.has(links[0].ID) {
					t.Error("what was deleted is back")
				}
				if !r.has(links[4].ID) || !r.has(made.ID) {
					t.Error("a link is not there")
				}
				for _, l := range r.links() {
					if l.ID == links[3].ID && l.Title != "D" {
						t.Errorf("the new title is lost: %q", l.Title)
					}
				}
			})
			r.wantEqual("in the end")
		})
	}
}

// TestSkewedClocks: the provider's answers and its events disagree by an hour.
// Nothing is right at once then, but all is with the listing after.
func TestSkewedClocks(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, nil)
			r.fake.Fault(linktreetest.Fault{ClockSkew: skew})
			links := r.create("a", "b")
			r.start()
			for i := range 10 {
				r.rename(links[0], fmt.Sprint("title ", i))
				r.ada.DeleteLink(r.create("c")[0].ID)
				r.create("d")
				time.Sleep(time.Minute)
				r.wantEqual(fmt.Sprint("skewed by ", skew))
			}
		})
	}
}
