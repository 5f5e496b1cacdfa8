package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// maxPasses is how often a list is read until it is the same twice in a row.
const maxPasses = 4

var errUnsteady = errors.New("the list changes faster than it can be read")

// A mirror keeps a [table] equal to a creator's links at the provider.
//
// A webhook changes the table at once, and has the list read soon after: an
// event tells neither which other links have moved by it, nor of events that
// were lost. What no webhook tells at all, as after an outage, is found by the
// listing that is read now and then.
type mirror struct {
	client *api.Client
	clock  *clock
	table  *table
	logger *slog.Logger

	// settle is how long after a change the list is read, since changes
	// rarely come alone. every is how often it is read without one, and the
	// subscription looked after.
	settle, every time.Duration

	changed chan struct{} // has room for one
}

// take takes over what a webhook tells. It is in the table when take returns.
func (m *mirror) take(c change) {
	if c.link.ID != "" {
		m.table.apply(c)
	}
	select {
	case m.changed <- struct{}{}:
	default: // the listing that is due already will have this one too
	}
}

// run keeps the subscription alive and the table complete until ctx ends.
func (m *mirror) run(ctx context.Context) {
	look := time.NewTicker(m.every)
	defer look.Stop()
	subscribed, failures := false, 0
	for ctx.Err() == nil {
		select {
		case <-m.changed: // it came before the listing begins
		default:
		}
		var unsubscribed error
		if !subscribed {
			// Before the listing, so that nothing falls between the two.
			unsubscribed = m.subscribe(ctx)
			subscribed = unsubscribed == nil
		}
		if err := errors.Join(unsubscribed, m.list(ctx)); err != nil {
			failures++
			m.pause(ctx, failures, err)
			continue
		}
		failures = 0
		select {
		case <-ctx.Done():
		case <-look.C:
			subscribed = false
		case <-m.changed:
			sleep(ctx, m.settle)
		}
	}
}

// subscribe sees to it that webhooks come.
func (m *mirror) subscribe(ctx context.Context) error {
	got, err := m.client.EnsureWebhook(ctx, "", eventTypes())
	if err == nil && got.Action != api.Unchanged {
		m.logger.Warn("no webhooks have come until now, or not all", "subscription", got.ID, "action", got.Action)
	}
	return err
}

// list fills the table with the provider's links.
//
// A list of several pages is one of several moments: a link that moves from one
// page to another meanwhile may be on both, or on none. So it counts only if it
// comes out the same twice.
func (m *mirror) list(ctx context.Context) error {
	var before []schema.Link
	for pass := range maxPasses {
		m.table.begin(m.clock.latest())
		links, err := m.read(ctx)
		if err != nil {
			return err
		}
		if pass > 0 && slices.Equal(links, before) {
			if g := m.table.replace(links); g != (gap{}) {
				m.logger.Info("gap filled", "added", g.added, "changed", g.changed, "removed", g.removed)
			}
			return nil
		}
		before = links
	}
	return errUnsteady
}

// read returns the links as the provider has them now: old answers would bring
// back what is gone.
func (m *mirror) read(ctx context.Context) ([]schema.Link, error) {
	var links []schema.Link
	for link, err := range m.client.Links(api.Fresh(ctx)) {
		if err != nil {
			return nil, err
		}
		links = append(links, link)
	}
	return links, nil
}

// pause waits after so many failures in a row. The client has sent again what
// may be, and keeps to its limits by itself.
func (m *mirror) pause(ctx context.Context, failures int, err error) {
	if ctx.Err() != nil {
		return
	}
	wait := min(m.settle<<min(failures, 16), m.every)
	var e *api.Error
	if errors.As(err, &e) {
		wait = max(wait, e.RetryAfter)
	}
	m.logger.Error("out of step with the provider", "err", err, "again_in", wait)
	sleep(ctx, wait)
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
