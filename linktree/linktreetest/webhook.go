package linktreetest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A webhook is a subscription. What is sent to it is of its current run: one
// from when it is switched on to when it is switched off or deleted.
type webhook struct {
	schema.Webhook
	run *run
}

type run struct {
	ctx          context.Context // ends with the run
	cancel       context.CancelFunc
	failingSince time.Time // the first failure since the last success; zero if there is none
}

// start begins a run. The lock is held.
func (p *Provider) start(wh *webhook) {
	wh.Active, wh.DisabledAt = true, time.Time{}
	wh.run = new(run)
	wh.run.ctx, wh.run.cancel = context.WithCancel(p.ctx)
}

// count enters how an attempt of a run went, and switches the webhook off if
// all have failed for long enough. The lock is held.
func (wh *webhook) count(r *run, began time.Time, ok bool) {
	switch {
	case wh.run != r || r.ctx.Err() != nil:
	case ok:
		r.failingSince = time.Time{}
	case r.failingSince.IsZero():
		r.failingSince = began
	case began.Sub(r.failingSince) >= linktree.DisabledAfter:
		wh.Active, wh.DisabledAt = false, time.Now().UTC()
		r.cancel()
	}
}

// Webhooks returns the creator's subscriptions, the oldest first.
func (c *Creator) Webhooks() []schema.Webhook {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	all := make([]schema.Webhook, len(c.webhooks))
	for i, wh := range c.webhooks {
		all[i] = wh.view()
	}
	return all
}

// view returns what the API tells. The lock is held.
func (wh *webhook) view() schema.Webhook {
	v := wh.Webhook
	v.Events = slices.Clone(v.Events)
	return v
}

func (p *Provider) listWebhooks(x *exchange) answer {
	part, next, err := page(p, x, x.token.creator.Webhooks(), func(w schema.Webhook) string { return w.ID })
	if err != nil {
		return refused(http.StatusBadRequest, err)
	}
	return done(http.StatusOK, schema.WebhooksPage{Webhooks: part, NextCursor: next})
}

func (p *Provider) createWebhook(x *exchange) answer {
	var in schema.WebhookInput
	if a, ok := decode(x.body, &in); !ok {
		return a
	}
	if err := p.checkWebhook(in); err != nil {
		return refused(http.StatusUnprocessableEntity, err)
	}
	if err := p.reach(in.URL); err != nil {
		return refused(http.StatusUnprocessableEntity, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	wh := &webhook{Webhook: schema.Webhook{ID: p.newID("wh"), URL: in.URL, Events: in.Events}}
	p.start(wh)
	c := x.token.creator
	c.webhooks = append(c.webhooks, wh)
	return done(http.StatusCreated, wh.view())
}

func (p *Provider) checkWebhook(in schema.WebhookInput) *schema.Error {
	u, err := url.Parse(in.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return invalid("the url is no absolute one of http or https")
	}
	if len(in.Events) == 0 {
		return invalid("there are no events")
	}
	for _, typ := range in.Events {
		if !slices.Contains(p.opts.EventTypes, typ) {
			return invalid("there is an unknown event type")
		}
	}
	return nil
}

// reach asks whether a server answers at a webhook's URL.
func (p *Provider) reach(url string) *schema.Error {
	if p.opts.SkipReachability {
		return nil
	}
	problem := "it does not answer"
	r, err := http.NewRequestWithContext(p.ctx, http.MethodHead, url, nil)
	if err == nil {
		var resp *http.Response
		if resp, err = p.client.Do(r); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode/100 == 2 {
				return nil
			}
			problem = fmt.Sprintf("it answers with status %d", resp.StatusCode)
		}
	}
	return &schema.Error{Code: "webhook_unreachable", Message: "the url can't be reached by HEAD: " + problem}
}

// enableWebhook switches a webhook on again. One that is on stays as it is.
func (p *Provider) enableWebhook(x *exchange) answer {
	c := x.token.creator
	p.mu.Lock()
	wh := c.webhook(x.pathID)
	p.mu.Unlock()
	if wh == nil {
		return refused(http.StatusNotFound, noSuch("webhook"))
	}
	if err := p.reach(wh.URL); err != nil { // the URL never changes
		return refused(http.StatusUnprocessableEntity, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.webhook(wh.ID) == nil { // deleted in the meantime
		return refused(http.StatusNotFound, noSuch("webhook"))
	}
	if !wh.Active {
		p.start(wh)
	}
	return done(http.StatusOK, wh.view())
}

func (p *Provider) deleteWebhook(x *exchange) answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := x.token.creator
	wh := c.webhook(x.pathID)
	if wh == nil {
		return refused(http.StatusNotFound, noSuch("webhook"))
	}
	wh.run.cancel()
	c.webhooks = slices.DeleteFunc(c.webhooks, func(w *webhook) bool { return w == wh })
	return done(http.StatusNoContent, nil)
}

// webhook returns nil if there is none. The lock is held.
func (c *Creator) webhook(id string) *webhook {
	for _, wh := range c.webhooks {
		if wh.ID == id {
			return wh
		}
	}
	return nil
}
