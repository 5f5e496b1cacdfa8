package linktreetest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// What tokens can be good for.
const (
	ScopeProfileRead   = "profile:read"
	ScopeLinksRead     = "links:read"
	ScopeLinksWrite    = "links:write"
	ScopeAnalyticsRead = "analytics:read"
	ScopeWebhooksRead  = "webhooks:read"
	ScopeWebhooksWrite = "webhooks:write"
)

func scopes() []string {
	return []string{
		ScopeProfileRead, ScopeLinksRead, ScopeLinksWrite,
		ScopeAnalyticsRead, ScopeWebhooksRead, ScopeWebhooksWrite,
	}
}

// A token is what a creator lets a program do.
type token struct {
	creator *Creator
	scopes  []string
	window  window
}

// Token issues a token of the creator's with the given scopes, none meaning all
// of them. Each has a rate limit of its own. It panics if a scope is unknown.
func (c *Creator) Token(scope ...string) string {
	if len(scope) == 0 {
		scope = scopes()
	}
	for _, s := range scope {
		if !slices.Contains(scopes(), s) {
			panic(fmt.Sprintf("linktreetest: Token: unknown scope %q", s))
		}
	}
	text := "tok_" + rand.Text()
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.p.tokens[text] = &token{creator: c, scopes: slices.Clone(scope)}
	return text
}

// Revoke makes a token unknown: requests with it are answered with 401. An
// unknown one stays so.
func (p *Provider) Revoke(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.tokens, token)
}

// bearer returns the token of a request; empty if it has none or several
// Authorization headers.
func bearer(h http.Header) string {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimLeft(token, " ")
}

// authorize refuses a request whose token is not good for it: RFC 6750,
// section 3.
func authorize(x *exchange) (a answer, ok bool) {
	switch {
	case x.route.open:
		return answer{}, true
	case x.token == nil:
		a = failed(http.StatusUnauthorized, "unauthorized", "no token, or none that is known")
		a.header = http.Header{"Www-Authenticate": {"Bearer"}}
		return a, false
	case x.route.scope != "" && !slices.Contains(x.token.scopes, x.route.scope):
		a = failed(http.StatusForbidden, "insufficient_scope", "the token lacks the scope %s", x.route.scope)
		a.header = http.Header{"Www-Authenticate": {fmt.Sprintf(`Bearer error="insufficient_scope", scope=%q`, x.route.scope)}}
		return a, false
	}
	return answer{}, true
}

// tokenInQuery reports whether a query has a token in it, under whatever name.
func (p *Provider) tokenInQuery(q url.Values) bool {
	if q.Has("access_token") {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, values := range q {
		for _, v := range values {
			if p.tokens[v] != nil {
				return true
			}
		}
	}
	return false
}
