package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// restoreTimeout bounds the attempt to have a subscription back. It may be the
// caller's context that has kept another from taking its place.
const restoreTimeout = 10 * time.Second

// register makes a subscription with the events, and those of all others of the
// URL. It returns which one is to stay and all that there are now, as another
// program may have registered at the same time. With an error there is one only if
// it is an old one that was restored.
func (c *Client) register(ctx context.Context, webhookURL string, events []string, all []schema.Webhook, result *Ensured) (schema.Webhook, []schema.Webhook, error) {
	wanted := union(events, all)
	made, err := c.CreateWebhook(ctx, webhookURL, wanted)
	if isConflict(err) || errors.Is(err, ErrOutcomeUnknown) {
		var lerr error
		if all, lerr = c.Subscriptions(ctx, webhookURL); lerr != nil || len(all) == 0 {
			return schema.Webhook{}, nil, errors.Join(err, lerr)
		}
		// There may be one by now: another program's, or this call's own
		// of which the answer was lost.
		if kept, ok := best(all, events); ok && kept.Active {
			return kept, all, nil
		}
		if !isConflict(err) {
			return schema.Webhook{}, nil, err
		}
		wanted = union(events, all)
		made, err = c.supplant(ctx, webhookURL, wanted, all, result)
		all = nil
	}
	if err != nil {
		return made, nil, err
	}
	// The provider may write the URL in another way than it was asked to.
	now, err := c.Subscriptions(ctx, webhookURL, made.URL)
	if err != nil {
		return made, all, nil // registered it is; the next call tidies up
	}
	if kept, ok := best(now, wanted); ok && kept.Active {
		return kept, now, nil
	}
	return made, now, nil // the list is not up to date yet
}

// supplant registers in the place of all others of the URL, for a provider that
// wants no second one of it, even for a moment.
func (c *Client) supplant(ctx context.Context, webhookURL string, events []string, all []schema.Webhook, result *Ensured) (schema.Webhook, error) {
	err := c.remove(ctx, all, result)
	if err == nil {
		var made schema.Webhook
		if made, err = c.CreateWebhook(ctx, webhookURL, events); err == nil {
			return made, nil
		}
	}
	if result.Removed == nil {
		return schema.Webhook{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
	defer cancel()
	restored, rerr := c.CreateWebhook(ctx, webhookURL, union(nil, all))
	return restored, errors.Join(err, rerr)
}

// isConflict tells whether the provider has refused because of what is there.
func isConflict(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == http.StatusConflict
}

// union returns the events and those of the subscriptions in order, each once.
func union(events []string, all []schema.Webhook) []string {
	var of []string
	for _, w := range all {
		of = append(of, w.Events...)
	}
	return sorted(append(of, events...))
}
