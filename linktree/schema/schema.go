// Package schema is Linktree's REST API as this project assumes it: where things
// are, and how requests and answers look. The client (linktree/api) and the fake
// provider (linktree/linktreetest) both speak by it, and by nothing else.
//
// # Where the contract comes from
//
// It is not verified with the provider. No documentation of a REST API or of
// webhooks by Linktree itself was found; what Linktree publishes is an MCP server
// behind OAuth. The header names, limits and paths are those of the two
// integration guides that this project implements, and where the guides say
// nothing, guesses in their style.
//
// This file is the one to correct when the provider's own documentation appears.
// A path that is another can be set in [Paths] until then, and a header's name in
// the client's options.
//
// Members that are not listed are ignored, and missing ones leave their field
// at the zero value.
package schema

import "time"

// What the guides name.
const (
	BaseURL           = "https://api.linktr.ee/v1"
	RequestsPerMinute = 100 // per token
)

// The headers beside the usual ones. The client's Options can name others.
const (
	HeaderRequestID          = "X-Request-Id"
	HeaderIdempotencyKey     = "Idempotency-Key"
	HeaderRateLimit          = "X-RateLimit-Limit"
	HeaderRateLimitRemaining = "X-RateLimit-Remaining"
	HeaderRateLimitReset     = "X-RateLimit-Reset" // Unix seconds
)

// Paths are where things are, below the base URL. "{id}" stands for the id of
// a link or a webhook.
type Paths struct {
	Health        string // GET
	Me            string // GET: Account
	Profile       string // GET: Profile
	Links         string // GET ?cursor=&limit=: LinksPage; POST LinkInput: Link
	Link          string // PATCH LinkInput: Link; DELETE
	BulkLinks     string // PATCH BulkRequest: BulkResponse
	Analytics     string // GET, see the Query constants: Analytics
	Webhooks      string // GET: WebhooksPage; POST WebhookInput: Webhook
	Webhook       string // DELETE
	EnableWebhook string // POST: Webhook
}

// DefaultPaths returns the paths as this project assumes them.
func DefaultPaths() Paths {
	return Paths{
		Health:        "/health",
		Me:            "/me",
		Profile:       "/profile",
		Links:         "/links",
		Link:          "/links/{id}",
		BulkLinks:     "/links/bulk",
		Analytics:     "/analytics",
		Webhooks:      "/webhooks",
		Webhook:       "/webhooks/{id}",
		EnableWebhook: "/webhooks/{id}/enable",
	}
}

// The query parameters.
const (
	QueryCursor  = "cursor"
	QueryLimit   = "limit"
	QueryAccount = "account" // Analytics: the creator's username; none is the token's own
	QueryLinkID  = "link_id" // Analytics: one link; none is all of them
	QueryMetric  = "metric"  // Analytics: "clicks", "views"
	QueryFrom    = "from"    // Analytics: RFC 3339, inclusive
	QueryTo      = "to"      // Analytics: RFC 3339, exclusive
)

// The metrics of the guides.
const (
	MetricClicks = "clicks"
	MetricViews  = "views"
)

// Health is the answer of the health endpoint.
type Health struct {
	Status string `json:"status"` // "ok"
}

// Account is the account that a token belongs to.
type Account struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

// Profile is a creator's public profile. Its texts are the creator's own:
// clean them before they are shown.
type Profile struct {
	Username  string `json:"username"`
	Bio       string `json:"bio"`
	AvatarURL string `json:"avatar_url"`
	Theme     string `json:"theme"`
}

// Link is one link of a profile. Its title and URLs are the creator's own.
type Link struct {
	ID           string `json:"link_id"`
	Title        string `json:"title"`
	URL          string `json:"url"`
	Position     int    `json:"position"`      // in the profile's list, from 0
	ThumbnailURL string `json:"thumbnail_url"` // empty if the link has none
}

// LinksPage is one page of links. An empty NextCursor ends the list.
type LinksPage struct {
	Links      []Link `json:"links"`
	NextCursor string `json:"next_cursor"`
}

// LinkInput is what a link is to become. In an update, nil leaves a member as
// it is; a new link needs Title and URL.
type LinkInput struct {
	Title        *string `json:"title,omitempty"`
	URL          *string `json:"url,omitempty"`
	Position     *int    `json:"position,omitempty"`
	ThumbnailURL *string `json:"thumbnail_url,omitempty"`
}

// LinkUpdate is one item of a bulk update.
type LinkUpdate struct {
	ID string `json:"link_id"`
	LinkInput
}

// BulkRequest updates several links.
type BulkRequest struct {
	Links []LinkUpdate `json:"links"`
}

// MaxBulk is how many updates one BulkRequest holds: a guess on the safe side.
const MaxBulk = 50

// BulkResponse has a result for each item, in the request's order.
type BulkResponse struct {
	Results []BulkResult `json:"results"`
}

// BulkResult is what became of one update: a link, or an error.
type BulkResult struct {
	ID    string `json:"link_id"`
	Link  *Link  `json:"link,omitempty"`
	Error *Error `json:"error,omitempty"`
}

// Analytics is the answer to a query.
type Analytics struct {
	Metric string           `json:"metric"`
	Total  float64          `json:"total"`
	Series []AnalyticsPoint `json:"series"`
}

// AnalyticsPoint is one day's value of one link.
type AnalyticsPoint struct {
	Date   string  `json:"date"` // "2026-01-31"
	LinkID string  `json:"link_id"`
	Value  float64 `json:"value"`
}

// WebhookInput subscribes a URL to event types.
type WebhookInput struct {
	URL    string   `json:"url"`
	Events []string `json:"events"`
}

// Webhook is a subscription. By the guides the provider switches it off after 72
// hours of failed deliveries.
type Webhook struct {
	ID         string    `json:"id"`
	URL        string    `json:"url"`
	Events     []string  `json:"events"`
	Active     bool      `json:"active"`
	DisabledAt time.Time `json:"disabled_at,omitzero"`
}

// WebhooksPage is one page of subscriptions. An empty NextCursor ends the list.
type WebhooksPage struct {
	Webhooks   []Webhook `json:"webhooks"`
	NextCursor string    `json:"next_cursor"`
}

// ErrorResponse is the body of an answer that is no success.
type ErrorResponse struct {
	Error Error `json:"error"`
}

// CodeNotFound is the Code of an error for which the status is not enough: that
// of an item in a BulkResponse whose link is not there.
const CodeNotFound = "not_found"

// Error says what is wrong. Code is for programs, Message for people.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
