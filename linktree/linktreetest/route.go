package linktreetest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

const idMark = "{id}"

// A route is something that the API does.
type route struct {
	name    string // its field in schema.Paths
	method  string
	path    string
	needsID bool // its path has an id in it
	open    bool // to those without a token
	scope   string
	do      func(*Provider, *exchange) answer
}

// routes returns all there is. Where a request fits several, the first counts.
func routes(p schema.Paths) []route {
	return []route{
		{name: "Health", method: http.MethodGet, path: p.Health, open: true, do: (*Provider).health},
		{name: "Me", method: http.MethodGet, path: p.Me, do: (*Provider).me},
		{name: "Profile", method: http.MethodGet, path: p.Profile, scope: ScopeProfileRead, do: (*Provider).profile},
		{name: "Links", method: http.MethodGet, path: p.Links, scope: ScopeLinksRead, do: (*Provider).listLinks},
		{name: "Links", method: http.MethodPost, path: p.Links, scope: ScopeLinksWrite, do: (*Provider).createLink},
		{name: "BulkLinks", method: http.MethodPatch, path: p.BulkLinks, scope: ScopeLinksWrite, do: (*Provider).updateLinks},
		{name: "Link", method: http.MethodPatch, path: p.Link, needsID: true, scope: ScopeLinksWrite, do: (*Provider).updateLink},
		{name: "Link", method: http.MethodDelete, path: p.Link, needsID: true, scope: ScopeLinksWrite, do: (*Provider).deleteLink},
		{name: "Analytics", method: http.MethodGet, path: p.Analytics, scope: ScopeAnalyticsRead, do: (*Provider).analytics},
		{name: "Webhooks", method: http.MethodGet, path: p.Webhooks, scope: ScopeWebhooksRead, do: (*Provider).listWebhooks},
		{name: "Webhooks", method: http.MethodPost, path: p.Webhooks, scope: ScopeWebhooksWrite, do: (*Provider).createWebhook},
		{name: "Webhook", method: http.MethodDelete, path: p.Webhook, needsID: true, scope: ScopeWebhooksWrite, do: (*Provider).deleteWebhook},
		{name: "EnableWebhook", method: http.MethodPost, path: p.EnableWebhook, needsID: true, scope: ScopeWebhooksWrite, do: (*Provider).enableWebhook},
	}
}

// find returns what a request asks for, and the id in its path; nil if there is
// no such thing. The path is an escaped one.
func (p *Provider) find(method, path string) (*route, string) {
	for i := range p.routes {
		r := &p.routes[i]
		if r.method != method {
			continue
		}
		if id, ok := matchPath(r.path, path); ok {
			return r, id
		}
	}
	return nil, ""
}

// matchPath returns what an escaped path has in the place of the pattern's
// "{id}".
func matchPath(pattern, path string) (id string, ok bool) {
	before, after, hasID := strings.Cut(pattern, idMark)
	if !hasID {
		return "", path == pattern
	}
	rest, okBefore := strings.CutPrefix(path, before)
	rest, okAfter := strings.CutSuffix(rest, after)
	if !okBefore || !okAfter || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	id, err := url.PathUnescape(rest)
	return id, err == nil
}

// notFound answers a request without a route: 405 if another method had one.
func (p *Provider) notFound(x *exchange) answer {
	var allow []string
	for _, r := range p.routes {
		if _, ok := matchPath(r.path, x.URL.EscapedPath()); ok && !slices.Contains(allow, r.method) {
			allow = append(allow, r.method)
		}
	}
	if len(allow) == 0 {
		return failed(http.StatusNotFound, codeNotFound, "there is nothing at this path")
	}
	a := failed(http.StatusMethodNotAllowed, "method_not_allowed", "not by this method")
	a.header = http.Header{"Allow": {strings.Join(allow, ", ")}}
	return a
}
