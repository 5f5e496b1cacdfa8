package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/linktree"
)

// app is the program that wants to know what happens on Linktree.
type app struct {
	mu    sync.Mutex
	saw   []string
	tried bool // the link that fails once has been tried
}

func (a *app) routes() *dispatch.Mux {
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		return a.note("%q at %s", e.Data.Title, e.Data.URL)
	}))
	mux.Handle(linktree.LinkUpdated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkUpdatedData]) error {
		a.mu.Lock()
		first := e.Data.Title == "Fails once" && !a.tried
		a.tried = a.tried || first
		a.mu.Unlock()
		if first {
			_ = a.note("an error of its own") // it never fails
			return errors.New("the database is away")
		}
		return a.note("%s is now %q", e.Data.LinkID, e.Data.Title)
	}))
	mux.Handle(linktree.LinkDeleted, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkDeletedData]) error {
		return a.note("%s is gone", e.Data.LinkID)
	}))
	mux.Handle(linktree.ProfileUpdated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.ProfileUpdatedData]) error {
		return a.note("@%s: %s", e.Data.Username, e.Data.Bio)
	}))
	mux.Handle(linktree.AnalyticsMilestone, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.AnalyticsMilestoneData]) error {
		return a.note("%s reached %v %s", e.Data.LinkID, e.Data.Threshold, e.Data.Metric)
	}))
	mux.Fallback = dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
		return a.note("the unknown type %s", d.Type)
	})
	return mux
}

func (a *app) note(format string, args ...any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.saw = append(a.saw, fmt.Sprintf(format, args...))
	return nil
}

// seen returns what the handlers have seen since it was last asked.
func (a *app) seen() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() { a.saw = nil }()
	if len(a.saw) == 0 {
		return "nothing"
	}
	return strings.Join(a.saw, ", then ")
}
