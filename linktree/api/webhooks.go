package api

import (
	"context"
	"iter"
	"net/url"
	"slices"

	"github.com/hooklatch/hooklatch/linktree/api/internal/endpoint"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// Webhooks returns all subscriptions, reading page after page as they are
// wanted. An error is the last thing it yields; see [Client.Links]. It is never
// answered from memory.
func (c *Client) Webhooks(ctx context.Context) iter.Seq2[schema.Webhook, error] {
	return pages(opWebhooks, c.opts.MaxPages, func(cursor string) ([]schema.Webhook, string, error) {
		query := url.Values{}
		if cursor != "" {
			query.Set(schema.QueryCursor, cursor)
		}
		page := schema.WebhooksPage{Webhooks: unset[schema.Webhook]()}
		_, err := c.do(ctx, request{op: opWebhooks, query: query}, &page)
		if err == nil && isUnset(page.Webhooks) {
			err = lacks(opWebhooks, "webhooks")
		}
		return page.Webhooks, page.NextCursor, err
	})
}

// CreateWebhook subscribes the URL, which must be https, to the event types. It
// makes a second subscription if there is one; [Client.EnsureWebhook] does not.
// Where the provider answers without the subscription, the result has what was
// asked for, and the ID if the answer's Location leads to it.
//
// By the guides the provider may send a HEAD request to the URL before it
// answers. Like [Client.CreateLink] it is not sent again without a key.
func (c *Client) CreateWebhook(ctx context.Context, url string, events []string) (schema.Webhook, error) {
	if err := c.checkSubscription(opCreateWebhook, url, events); err != nil {
		return schema.Webhook{}, err
	}
	in := schema.WebhookInput{URL: url, Events: events}
	// An answer with no more than the id is enough.
	return c.webhook(ctx, request{op: opCreateWebhook, in: in}, schema.Webhook{
		URL:    url,
		Events: slices.Clone(events),
		Active: true,
	})
}

// EnableWebhook switches a subscription on again. If the answer to that is empty,
// the result has the ID and Active only.
func (c *Client) EnableWebhook(ctx context.Context, id string) (schema.Webhook, error) {
	return c.webhook(ctx, request{op: opEnableWebhook, id: id}, schema.Webhook{ID: id, Active: true})
}

// DeleteWebhook ends a subscription. [ErrNotFound] says that it is not there,
// which can be this call's own doing: a first attempt whose answer was lost.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	_, err := c.do(ctx, request{op: opDeleteWebhook, id: id}, nil)
	return err
}

// webhook sends a request whose answer is a subscription, and keeps of known
// what the answer does not say.
func (c *Client) webhook(ctx context.Context, r request, known schema.Webhook) (schema.Webhook, error) {
	answer, err := c.do(ctx, r, &known)
	if err == nil && answer.empty() && known.ID == "" {
		known.ID = answer.created()
	} else if err == nil && known.ID == "" {
		err = lacks(r.op, "id")
	}
	if err != nil {
		return schema.Webhook{}, err
	}
	return known, nil
}

// checkSubscription refuses what the provider could not deliver to.
func (c *Client) checkSubscription(op operation, url string, events []string) error {
	if err := endpoint.CheckWebhook(url, c.opts.InsecureDevelopment); err != nil {
		return invalid(op, "the webhook URL %w", err)
	}
	if len(events) == 0 || slices.Contains(events, "") {
		return invalid(op, "at least one event type is needed, and no empty one")
	}
	return nil
}
