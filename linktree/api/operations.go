package api

import (
	"net/http"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// The operations, as errors, observations and the list in
// [transport.StaleOptions] name them.
const (
	OpHealth        = "health.read"
	OpMe            = "account.read"
	OpProfile       = "profile.read"
	OpLinks         = "links.list"
	OpCreateLink    = "link.create"
	OpUpdateLink    = "link.update"
	OpDeleteLink    = "link.delete"
	OpUpdateLinks   = "links.update"
	OpAnalytics     = "analytics.query"
	OpWebhooks      = "webhooks.list"
	OpCreateWebhook = "webhook.create"
	OpEnableWebhook = "webhook.enable"
	OpDeleteWebhook = "webhook.delete"
)

// The classes of operations. Each has a circuit of its own, and the limiter can
// count them by themselves; see [transport.LimiterOptions].
const (
	ClassProfile   = "profile"   // OpHealth, OpMe, OpProfile
	ClassLinks     = "links"     // the operations on links
	ClassAnalytics = "analytics" // OpAnalytics
	ClassWebhooks  = "webhooks"  // the operations on subscriptions
)

// An operation is what a call needs to know of the endpoint that it goes to.
type operation struct {
	name   string
	class  string
	method string
	path   func(*schema.Paths) string
}

var (
	opHealth        = operation{OpHealth, ClassProfile, http.MethodGet, func(p *schema.Paths) string { return p.Health }}
	opMe            = operation{OpMe, ClassProfile, http.MethodGet, func(p *schema.Paths) string { return p.Me }}
	opProfile       = operation{OpProfile, ClassProfile, http.MethodGet, func(p *schema.Paths) string { return p.Profile }}
	opLinks         = operation{OpLinks, ClassLinks, http.MethodGet, func(p *schema.Paths) string { return p.Links }}
	opCreateLink    = operation{OpCreateLink, ClassLinks, http.MethodPost, func(p *schema.Paths) string { return p.Links }}
	opUpdateLink    = operation{OpUpdateLink, ClassLinks, http.MethodPatch, func(p *schema.Paths) string { return p.Link }}
	opDeleteLink    = operation{OpDeleteLink, ClassLinks, http.MethodDelete, func(p *schema.Paths) string { return p.Link }}
	opUpdateLinks   = operation{OpUpdateLinks, ClassLinks, http.MethodPatch, func(p *schema.Paths) string { return p.BulkLinks }}
	opAnalytics     = operation{OpAnalytics, ClassAnalytics, http.MethodGet, func(p *schema.Paths) string { return p.Analytics }}
	opWebhooks      = operation{OpWebhooks, ClassWebhooks, http.MethodGet, func(p *schema.Paths) string { return p.Webhooks }}
	opCreateWebhook = operation{OpCreateWebhook, ClassWebhooks, http.MethodPost, func(p *schema.Paths) string { return p.Webhooks }}
	opEnableWebhook = operation{OpEnableWebhook, ClassWebhooks, http.MethodPost, func(p *schema.Paths) string { return p.EnableWebhook }}
	opDeleteWebhook = operation{OpDeleteWebhook, ClassWebhooks, http.MethodDelete, func(p *schema.Paths) string { return p.Webhook }}
)
