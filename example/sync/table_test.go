package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// at is a moment of the provider's clock.
func at(second int) time.Time { return time.Date(2026, 1, 31, 12, 0, second, 0, time.UTC) }

func link(id, title string, position int) schema.Link {
	return schema.Link{ID: id, Title: title, URL: "https://" + id + ".example", Position: position}
}

func was(k kind, l schema.Link, second int) change { return change{k, l, at(second)} }

// A step is something that happens to a table.
type step func(*table)

func takes(c change) step { return func(t *table) { t.apply(c) } }

func begins(now time.Time) step { return func(t *table) { t.begin(now) } }

func ends(links ...schema.Link) step { return func(t *table) { t.replace(links) } }

func TestTable(t *testing.T) {
	a, b, c := link("a", "A", 0), link("b", "B", 1), link("c", "C", 2)
	renamed := link("a", "A2", 0)
	gone := schema.Link{ID: "a"}
	for _, tt := range []struct {
		name  string
		steps []step
		want  string // ids and titles
	}{
		{"in order", []step{takes(was(created, a, 1)), takes(was(created, b, 2)), takes(was(updated, renamed, 3)), takes(was(deleted, schema.Link{ID: "b"}, 4))}, "a:A2"},
		{"moves", []step{begins(at(0)), ends(a, b, c), takes(was(updated, link("c", "C", 0), 1))}, "c:C a:A b:B"},
		{"beyond the end", []step{takes(was(created, link("a", "A", 7), 1)), takes(was(created, link("b", "B", -1), 2))}, "b:B a:A"},
		{"again", []step{takes(was(created, a, 1)), takes(was(updated, renamed, 2)), takes(was(created, a, 1)), takes(was(updated, renamed, 2))}, "a:A2"},
		{"an older update comes late", []step{takes(was(created, a, 1)), takes(was(updated, link("a", "A3", 0), 3)), takes(was(updated, renamed, 2))}, "a:A3"},
		{"the creation comes after an update", []step{takes(was(updated, renamed, 2)), takes(was(created, a, 1))}, "a:A2"},
		{"of one second, the last to come", []step{takes(was(created, a, 1)), takes(was(updated, renamed, 1))}, "a:A2"},
		{"a creation of the same second changes nothing", []step{takes(was(updated, renamed, 1)), takes(was(created, a, 1))}, "a:A2"},
		{"an update comes after the deletion", []step{takes(was(created, a, 1)), takes(was(deleted, gone, 3)), takes(was(updated, renamed, 2))}, ""},
		{"all in reverse", []step{takes(was(deleted, gone, 3)), takes(was(updated, renamed, 2)), takes(was(created, a, 1))}, ""},
		{"a deletion with a time that is wrong", []step{takes(was(updated, renamed, 5)), takes(was(deleted, gone, 4))}, ""},
		{"the time is unknown", []step{takes(change{kind: created, link: a}), takes(was(created, b, 1)), takes(change{kind: updated, link: link("b", "B2", 0)})}, "b:B"},

		{"a listing replaces all", []step{takes(was(created, a, 1)), begins(at(2)), ends(b, c)}, "b:B c:C"},
		{"an update older than the listing", []step{begins(at(5)), ends(a), takes(was(updated, renamed, 4))}, "a:A"},
		{"an update of a link that the listing has no more", []step{begins(at(5)), ends(b), takes(was(updated, renamed, 4))}, "b:B"},
		{"the same, of the very second", []step{begins(at(5)), ends(b), takes(was(updated, renamed, 5))}, "b:B"},
		{"the same, the clock unknown", []step{takes(was(deleted, gone, 5)), begins(time.Time{}), ends(b), takes(was(updated, renamed, 4))}, "b:B"},
		{"an update newer than the listing", []step{begins(at(5)), ends(a), takes(was(updated, renamed, 6))}, "a:A2"},
		{"a link newer than the listing", []step{begins(at(5)), ends(a), takes(was(created, b, 6))}, "a:A b:B"},
		{"the floor does not sink", []step{begins(at(9)), ends(b), begins(at(2)), ends(b), takes(was(updated, renamed, 5))}, "b:B"},

		{"created while it is read", []step{begins(at(5)), takes(was(created, c, 6)), ends(a, b)}, "a:A b:B c:C"},
		{"updated while it is read", []step{begins(at(5)), ends(a), begins(at(6)), takes(was(updated, renamed, 7)), ends(a)}, "a:A2"},
		{"deleted while it is read", []step{begins(at(5)), takes(was(deleted, gone, 6)), ends(a, b)}, "b:B"},
		{"deleted while it is read, and updated late", []step{begins(at(5)), takes(was(deleted, gone, 7)), ends(a, b), takes(was(updated, renamed, 6))}, "b:B"},
		{"out of order while it is read", []step{begins(at(5)), takes(was(updated, link("a", "A3", 0), 8)), takes(was(updated, renamed, 7)), ends(a)}, "a:A3"},
		{"an old change while it is read", []step{begins(at(5)), takes(was(updated, renamed, 4)), ends(link("a", "A9", 0))}, "a:A9"},
		{"a listing that came to nothing", []step{begins(at(5)), takes(was(created, a, 6)), begins(at(7)), ends(b)}, "b:B"},
		{"a link twice", []step{begins(at(5)), ends(a, b, link("a", "A again", 2))}, "a:A b:B"},
		{"listed in another order", []step{begins(at(5)), ends(c, a, b)}, "a:A b:B c:C"},
		{"one that came to nothing has nothing to say", []step{begins(at(5)), takes(was(deleted, gone, 6)), begins(at(7)), ends(a)}, "a:A"},
		{"restored, and told of after a listing", []step{takes(was(deleted, gone, 1)), begins(at(5)), ends(b), takes(was(created, a, 6))}, "a:A b:B"},
		{"restored, by a listing begun after the deletion", []step{takes(was(deleted, gone, 1)), begins(at(5)), ends(a)}, "a:A"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := new(table)
			for _, s := range tt.steps {
				s(table)
			}
			links, _ := table.links()
			var got []string
			for i, l := range links {
				got = append(got, l.ID+":"+l.Title)
				if l.Position != i {
					t.Errorf("%s has position %d, and is at %d", l.ID, l.Position, i)
				}
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAnyOrder: whatever the order and the repetitions in which changes come,
// the links are the same, if not in the same places.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		var changes []change
		var alive []string
		want := map[string]string{}
		for i := range 30 {
			id, title := fmt.Sprint("lnk_", i), fmt.Sprint("title ", i)
			k := kind(r.IntN(3))
			if len(alive) == 0 {
				k = created
			}
			if k != created {
				id = alive[r.IntN(len(alive))]
			}
			changes = append(changes, change{k, schema.Link{ID: id, Title: title, Position: r.IntN(5)}, at(i)})
			switch k {
			case created:
				alive = append(alive, id)
				want[id] = title
			case updated:
				want[id] = title
			case deleted:
				alive = slices.DeleteFunc(alive, func(a string) bool { return a == id })
				delete(want, id)
			}
		}
		changes = append(changes, changes[:10]...)
		r.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		table := new(table)
		for _, c := range changes {
			table.apply(c)
		}
		got := map[string]string{}
		links, _ := table.links()
		for _, l := range links {
			got[l.ID] = l.Title
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, d)
		}
	}
}

func TestGap(t *testing.T) {
	table := new(table)
	for _, tt := range []struct {
		links []schema.Link
		want  gap
	}{
		{nil, gap{}},
		{[]schema.Link{link("a", "A", 0), link("b", "B", 1)}, gap{added: 2}},
		{[]schema.Link{link("a", "A", 0), link("b", "B", 1)}, gap{}},
		{[]schema.Link{link("c", "C", 0), link("b", "B2", 1)}, gap{1, 1, 1}},
		{nil, gap{removed: 2}},
	} {
		table.begin(time.Time{})
		if got := table.replace(tt.links); got != tt.want {
			t.Errorf("%v: %+v, want %+v", tt.links, got, tt.want)
		}
	}
}

func TestClean(t *testing.T) {
	for _, tt := range []struct{ in, want schema.Link }{
		{
			schema.Link{ID: "a", Title: " My\r\n\u202Eshop\x00 ", URL: " HTTPS://shop.example/?q=\"x\"", ThumbnailURL: "https://img.example/1.png"},
			schema.Link{ID: "a", Title: "My shop", URL: "https://shop.example/?q=%22x%22", ThumbnailURL: "https://img.example/1.png"},
		},
		{
			schema.Link{ID: "b", Title: "<b>", URL: "javascript:alert(1)", ThumbnailURL: "mailto:ada@example.org"},
			schema.Link{ID: "b", Title: "<b>"},
		},
	} {
		if d := cmp.Diff(tt.want, clean(tt.in)); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		var told, listed table
		told.apply(change{created, tt.in, at(1)})
		listed.begin(at(0))
		listed.replace([]schema.Link{tt.in})
		for _, table := range []*table{&told, &listed} {
			if got, _ := table.links(); !cmp.Equal(got, []schema.Link{tt.want}) {
				t.Errorf("kept as %+v", got)
			}
		}
	}
}
