package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// An Action is what [Client.EnsureWebhook] had to do.
type Action string

// The actions.
const (
	Unchanged Action = "unchanged" // the subscription was there and active
	Created   Action = "created"   // there was none for the URL
	Enabled   Action = "enabled"   // it had been switched off
	Replaced  Action = "replaced"  // it lacked some of the events
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
// The URL is https; an empty one is Options.WebhookURL. Events that a subscription of the URL has
// beside those asked for are kept: an older release that is still running may
// want them. To get rid of some, delete the subscription first. While one is
// being replaced both are there, and an event can be delivered for each.
//
// Calls of one client wait for each other, so that they don't register twice.
// Clients of several processes that start at once can; each looks again after
// it has registered, and deletes what is too much by the same rule.
//
// If only that deleting fails, the result is the subscription and the error is
// not nil.
func (c *Client) EnsureWebhook(ctx context.Context, webhookURL string, events []string) (Ensured, error) {
	webhookURL = cmp.Or(webhookURL, c.opts.WebhookURL)
	if err := c.checkSubscription(opCreateWebhook, webhookURL, events); err != nil {
		return Ensured{}, err
	}
	select {
	case c.ensuring <- struct{}{}:
		defer func() { <-c.ensuring }()
	case <-ctx.Done():
		return Ensured{}, &Error{Op: OpWebhooks, Err: cause(ctx.Err(), new(url.URL))}
	}
	return c.ensure(ctx, webhookURL, sorted(events))
}

// ensure is EnsureWebhook for one caller at a time.
func (c *Client) ensure(ctx context.Context, webhookURL string, events []string) (Ensured, error) {
	all, err := c.subscriptions(ctx, webhookURL)
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
			return Ensured{}, err
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

// register makes a subscription with the events, and those of all others of the
// URL. It returns which one is to stay and all that there are now, as somebody
// else may have registered at the same time.
func (c *Client) register(ctx context.Context, webhookURL string, events []string, all []schema.Webhook, result *Ensured) (schema.Webhook, []schema.Webhook, error) {
	for _, w := range all {
		events = append(events, w.Events...)
	}
	events = sorted(events)
	made, err := c.CreateWebhook(ctx, webhookURL, events)
	var refused *Error
	if len(all) > 0 && errors.As(err, &refused) && refused.Status == http.StatusConflict {
		// The provider wants no second one of the URL, even for a moment.
		if err := c.remove(ctx, all, result); err != nil {
			return made, nil, err
		}
		all = nil
		made, err = c.CreateWebhook(ctx, webhookURL, events)
	}
	if err != nil {
		return made, nil, err
	}
	now, err := c.subscriptions(ctx, webhookURL)
	if err != nil {
		return made, all, nil // registered it is; the next call tidies up
	}
	if kept, ok := best(now, events); ok && kept.Active {
		return kept, now, nil
	}
	return made, now, nil // the list is not up to date yet
}

// subscriptions returns those of the URL.
func (c *Client) subscriptions(ctx context.Context, webhookURL string) ([]schema.Webhook, error) {
	var of []schema.Webhook
	for w, err := range c.Webhooks(ctx) {
		if err != nil {
			return nil, err
		}
		if sameURL(w.URL, webhookURL) && w.ID != "" {
			of = append(of, w)
		}
	}
	return of, nil
}

// remove deletes the subscriptions. One that is gone already was somebody
// else's to delete.
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
// the lowest id, so that everybody who looks at the same list keeps the same.
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
// scheme and host, and an empty path.
func sameURL(a, b string) bool { return a == b || normal(a) == normal(b) }

func normal(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u.Host = strings.ToLower(u.Host) // the scheme is lower case already
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}
