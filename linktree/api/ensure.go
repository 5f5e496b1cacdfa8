package api

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// An Action is what [Client.EnsureWebhook] had to do.
type Action string

// The actions.
const (
	Unchanged Action = "unchanged" // the subscription was there and active
	Created   Action = "created"   // there was none for the URL
	Enabled   Action = "enabled"   // it had been switched off
	Replaced  Action = "replaced"  // it lacked some; see EnsureWebhook for what may be lost
)

// Ensured is a subscription that is there and active, and what was done for it.
type Ensured struct {
	schema.Webhook
	Action Action

	// Removed are the ids of subscriptions of the same URL that were
	// deleted, as the one that is left has all of their events: each would
	// have had every event delivered once more.
	Removed []string
}

// EnsureWebhook sees to it that there is one active subscription of the URL
// that has all of the event types: it registers one, switches on again one that
// the provider has switched off, or replaces one that lacks some of them. Called
// again it finds nothing to do. It is what a program calls when it starts, and
// now and then.
//
// The URL is https; an empty one is Options.WebhookURL. No events stand for
// [linktree.EventTypes], as they do in package check. Events that a
// subscription of the URL has beside those asked for are kept: an older release
// that is still running may want them. To get rid of some, delete the
// subscription first.
//
// While a subscription is being replaced both are there, and an event can be
// delivered for each. But deliveries of the old one that have failed and wait to
// be repeated are lost with it: after [Replaced], read by the API what may have
// been missed.
//
// Calls of one client wait for each other, so that they don't register twice.
// Clients of several processes that start at once can; each looks again after
// it has registered, and deletes what is too much by the same rule.
//
// If only that deleting fails, the result is the subscription and the error is
// not nil. Where the provider allows one subscription of a URL only, the old one
// has to go first; if then the new one can't be registered, the old one is
// registered again, for which ctx need not last. Beside the error there is a
// result then that has what was Removed, and the subscription that there is now,
// or none.
func (c *Client) EnsureWebhook(ctx context.Context, webhookURL string, events []string) (Ensured, error) {
	webhookURL = cmp.Or(webhookURL, c.opts.WebhookURL)
	if len(events) == 0 {
		events = linktree.EventTypes()
	}
	if err := c.checkSubscription(opCreateWebhook, webhookURL, events); err != nil {
		return Ensured{}, err
	}
	select {
	case c.ensuring <- struct{}{}:
		defer func() { <-c.ensuring }()
	case <-ctx.Done():
		return Ensured{}, &Error{Op: OpWebhooks, Err: discreet.Cause(ctx.Err(), new(url.URL))}
	}
	return c.ensure(ctx, webhookURL, sorted(events))
}

// ensure is EnsureWebhook for one caller at a time.
func (c *Client) ensure(ctx context.Context, webhookURL string, events []string) (Ensured, error) {
	all, err := c.Subscriptions(ctx, webhookURL)
	if err != nil {
		return Ensured{}, err
	}
	result := Ensured{Action: Unchanged}
	kept, ok := best(all, events)
	switch {
	case !ok:
		result.Action = Created
		if len(all) > 0 {
			result.Action = Replaced
		}
		if kept, all, err = c.register(ctx, webhookURL, events, all, &result); err != nil {
			if result.Removed == nil {
				return Ensured{}, err
			}
			result.Webhook, result.Action = kept, Replaced
			return result, err
		}
	case !kept.Active:
		result.Action = Enabled
		enabled, err := c.EnableWebhook(ctx, kept.ID)
		if err != nil {
			return Ensured{}, err
		}
		kept.Active, kept.DisabledAt = enabled.Active, enabled.DisabledAt
	}
	result.Webhook = kept
	if !kept.Active {
		return result, &Error{Op: OpWebhooks, Err: malformed("a subscription just registered or enabled that is not active")}
	}
	all = slices.DeleteFunc(all, func(w schema.Webhook) bool {
		return w.ID == kept.ID || !covers(kept.Events, w.Events)
	})
	err = c.remove(ctx, all, &result)
	return result, err
}

// Subscriptions returns those of the URLs, as the provider has them: two URLs are
// the same if they differ at most in the case of scheme and host, a port that is
// the scheme's own, and an empty path.
func (c *Client) Subscriptions(ctx context.Context, urls ...string) ([]schema.Webhook, error) {
	var of []schema.Webhook
	for w, err := range c.Webhooks(ctx) {
		if err != nil {
			return nil, err
		}
		if w.ID != "" && slices.ContainsFunc(urls, func(u string) bool { return sameURL(w.URL, u) }) {
			of = append(of, w)
		}
	}
	return of, nil
}

// remove deletes the subscriptions. One that is gone already was another
// program's to delete.
func (c *Client) remove(ctx context.Context, all []schema.Webhook, result *Ensured) error {
	var errs []error
	for _, w := range all {
		err := c.DeleteWebhook(ctx, w.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			errs = append(errs, err)
			continue
		}
		result.Removed = append(result.Removed, w.ID)
	}
	return errors.Join(errs...)
}

// best returns the subscription that is to stay of those that have all of the
// events: an active one first, then the one with most events, then the one with
// the lowest id, so that all who look at the same list keep the same.
func best(all []schema.Webhook, events []string) (schema.Webhook, bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(w schema.Webhook) bool { return !covers(w.Events, events) })
	if len(all) == 0 {
		return schema.Webhook{}, false
	}
	return slices.MinFunc(all, func(a, b schema.Webhook) int {
		switch {
		case a.Active && !b.Active:
			return -1
		case b.Active && !a.Active:
			return 1
		}
		return cmp.Or(cmp.Compare(len(b.Events), len(a.Events)), cmp.Compare(a.ID, b.ID))
	}), true
}

// covers tells whether all of the events are among have.
func covers(have, events []string) bool {
	return !slices.ContainsFunc(events, func(e string) bool { return !slices.Contains(have, e) })
}

// sorted returns the events in order, each once.
func sorted(events []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(events)))
}

// sameURL tells whether two URLs are written differently at most in the case of
// scheme and host, a port that is the scheme's own, and an empty path.
func sameURL(a, b string) bool { return a == b || normal(a) == normal(b) }

func normal(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Host = strings.ToLower(u.Host) // the scheme is lower case already
	u.Host = strings.TrimSuffix(u.Host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}
