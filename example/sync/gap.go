package main

import "github.com/hooklatch/hooklatch/linktree/schema"

// A gap is how far a table was from a listing, in links.
type gap struct{ added, changed, removed int }

func difference(before, after []schema.Link) gap {
	var g gap
	was := make(map[string]schema.Link, len(before))
	for _, link := range before {
		was[link.ID] = link
	}
	for _, link := range after {
		if old, ok := was[link.ID]; !ok {
			g.added++
		} else if old != link {
			g.changed++
		}
		delete(was, link.ID)
	}
	g.removed = len(was)
	return g
}
