package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// eventTypes are those that are subscribed to.
func eventTypes() []string {
	return []string{linktree.LinkCreated, linktree.LinkUpdated, linktree.LinkDeleted}
}

// events routes what comes to take.
func events(logger *slog.Logger, take func(change)) *dispatch.Mux {
	mux := &dispatch.Mux{Logger: logger, WholeBody: true}
	mux.Handle(linktree.LinkCreated, on(take, func(d linktree.LinkCreatedData) change {
		return change{kind: created, link: schema.Link{ID: d.LinkID, Title: d.Title, URL: d.URL, Position: d.Position}}
	}))
	mux.Handle(linktree.LinkUpdated, on(take, func(d linktree.LinkUpdatedData) change {
		return change{kind: updated, link: schema.Link{ID: d.LinkID, Title: d.Title, URL: d.URL, Position: d.Position, ThumbnailURL: d.ThumbnailURL}}
	}))
	mux.Handle(linktree.LinkDeleted, on(take, func(d linktree.LinkDeletedData) change {
		return change{kind: deleted, link: schema.Link{ID: d.LinkID}}
	}))
	return mux
}

func on[T any](take func(change), read func(T) change) dispatch.Handler {
	return dispatch.JSON(func(_ context.Context, e dispatch.Event[notice[T]]) error {
		c := read(e.Data.Data)
		c.at = e.Data.Timestamp.Time
		// It was signed, in whole seconds, after it happened. A time of the
		// future would outdo all that follows.
		if latest := e.Time.Add(time.Second); c.at.After(latest) {
			c.at = latest
		}
		take(c)
		return nil
	})
}

// A notice is the whole of a body, for the time of the event. The delivery's own
// is another: when it was signed, and that is later with each retry.
type notice[T any] struct {
	Data      T    `json:"data"`
	Timestamp when `json:"timestamp"`
}

// A when is a time that may be unknown. An event without one would have none the
// next time either: it counts as old, and the listing that follows it tells the
// rest.
type when struct{ time.Time }

// UnmarshalJSON leaves what is no time at zero.
func (w *when) UnmarshalJSON(b []byte) error {
	var t linktree.Time
	if json.Unmarshal(b, &t) == nil {
		w.Time = t.Time
	}
	return nil
}
