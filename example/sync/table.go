package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A table holds a creator's links. It is in memory: what a crash loses, the
// listing at the next start brings back, and the store of deliveries is lost
// with it, so that the two never disagree. With a database in its place each
// method is one transaction, and gone and floor are kept beside the rows.
//
// Two things fill it. Changes come from webhooks, which overtake each other,
// come again, and get lost. Listings come from the API: they are right, but take
// a while, in which changes come. Both are put in order by the provider's clock
// alone:
//
//   - A link is what its latest change says, whichever arrived last. A link
//     that was deleted stays so.
//   - A listing has all that happened before it began, and so every change
//     that is not later than one that had arrived by then. Its floor is that
//     moment. Older changes say nothing new.
//   - Changes that arrive while it is being read count on top of it.
//
// What can't be put in order so, such as two changes of one second where the
// provider's times have no fractions, is right again with the next listing: a
// [mirror] reads one after each change.
type table struct {
	mu      sync.Mutex
	rows    []row           // in the profile's order
	gone    map[string]bool // the links deleted since the listing began
	floor   time.Time       // the rows have all that happened until then
	seen    time.Time       // of the latest change
	asOf    time.Time       // when the listing began, by this program's clock
	reading *listing        // nil if none is being read
}

type row struct {
	schema.Link           // without its Position, which is where it stands
	at          time.Time // of the change or listing that it is from
}

type listing struct {
	began   time.Time
	floor   time.Time
	changes []change // that came since
}

// A change is what a webhook tells of a link.
type change struct {
	kind kind
	link schema.Link // its ID alone if it was deleted
	at   time.Time   // when it happened, by the provider's clock; zero if unknown
}

type kind int

const (
	created kind = iota // the link has no ThumbnailURL
	updated
	deleted
)

// apply takes a change over. To apply it again does no harm.
func (t *table) apply(c change) {
	c.link = clean(c.link)
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.at.After(t.seen) {
		t.seen = c.at
	}
	if t.reading != nil {
		t.reading.changes = append(t.reading.changes, c)
	}
	t.put(c)
}

// put is apply. The lock is held, as in the following.
func (t *table) put(c change) {
	i := t.index(c.link.ID)
	switch {
	case c.kind == deleted:
		if t.gone == nil {
			t.gone = map[string]bool{}
		}
		t.gone[c.link.ID] = true
		if i >= 0 {
			t.rows = slices.Delete(t.rows, i, i+1)
		}
	case i < 0:
		// If it is not later than the floor, the link has been deleted
		// since: it would have been listed.
		if !t.gone[c.link.ID] && c.at.After(t.floor) {
			t.insert(c)
		}
	case c.kind == updated && !c.at.Before(t.rows[i].at):
		t.rows = slices.Delete(t.rows, i, i+1)
		t.insert(c)
	}
}

func (t *table) index(id string) int {
	return slices.IndexFunc(t.rows, func(r row) bool { return r.ID == id })
}

func (t *table) insert(c change) {
	at := min(max(c.link.Position, 0), len(t.rows))
	t.rows = slices.Insert(t.rows, at, row{c.link, c.at})
}

// begin says that a listing is about to be read. now is what the provider's
// clock has shown last; zero if that is unknown. One that was begun before and
// has not come to its end is forgotten.
func (t *table) begin(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	floor := slices.MaxFunc([]time.Time{now, t.seen, t.floor}, time.Time.Compare)
	t.reading = &listing{began: time.Now(), floor: floor}
}

// replace ends the listing that was begun last: its links, and the changes
// since, take the place of what there was. It returns how far off that was.
func (t *table) replace(links []schema.Link) gap {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, l := t.contents(), t.reading
	t.rows, t.gone, t.reading = nil, nil, nil
	t.floor, t.asOf = l.floor, l.began
	for _, link := range links {
		if t.index(link.ID) < 0 {
			t.rows = append(t.rows, row{clean(link), l.floor})
		}
	}
	slices.SortStableFunc(t.rows, func(a, b row) int { return cmp.Compare(a.Position, b.Position) })
	for _, c := range l.changes {
		t.put(c)
	}
	return difference(before, t.contents())
}

// links returns the links in the profile's order, and when the last listing of
// them began; zero if there was none.
func (t *table) links() ([]schema.Link, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.contents(), t.asOf
}

// contents returns the links with their positions.
func (t *table) contents() []schema.Link {
	links := make([]schema.Link, len(t.rows))
	for i, r := range t.rows {
		links[i] = r.Link
		links[i].Position = i
	}
	return links
}
