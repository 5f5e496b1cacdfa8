package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

const unanswering = "the provider has not answered, see " + Health

// health asks whether the API is up. If it can't be reached, the others need
// not try.
func (k *checker) health(ctx context.Context) Item {
	h, err := k.client.Health(ctx)
	switch status := discreet.Word(h.Status); {
	case err != nil:
		if isDown(err) {
			k.inVain = "the API can't be used, see " + Health
		}
		return apiFailed("ask for the API's health", err)
	case status != "" && !strings.EqualFold(status, "ok"):
		return warned("the API is up, but says that it is " + status + ": look at the provider's status page")
	}
	return passed("the API is up")
}

// isDown tells whether an error says that another call will fail, too.
func isDown(err error) bool {
	var e *api.Error
	if !errors.As(err, &e) || e.Status != 0 {
		return errors.Is(err, api.ErrServer)
	}
	return !slices.ContainsFunc([]error{api.ErrNoToken, api.ErrLocalLimit, api.ErrMalformed}, func(kind error) bool {
		return errors.Is(err, kind)
	})
}

// auth asks whose token it is.
func (k *checker) auth(ctx context.Context) Item {
	if k.inVain != "" {
		return skipped(k.inVain)
	}
	var answer api.Answer
	me, err := k.client.Me(api.WithOptions(ctx, api.CallOptions{Fresh: true, Answer: &answer}))
	if errors.Is(err, api.ErrUnauthorized) || errors.Is(err, api.ErrNoToken) {
		k.inVain = "there is no valid token, see " + Auth
	}
	if err != nil {
		return apiFailed("read its own account", err)
	}
	return k.judgeToken(discreet.Word(me.Username), answer.Header)
}

// judgeToken judges a token that is valid.
func (k *checker) judgeToken(account string, answer http.Header) Item {
	item := passed("the token is valid")
	if account != "" {
		item = passed("the token is valid, for the account of " + account)
	}
	if extra := k.extraScopes(answer); len(extra) > 0 {
		item = warned("the token allows more than is needed: " + strings.Join(extra, ", ") + "; issue one that does not")
	}
	if k.opts.TokenIssued.IsZero() {
		return item
	}
	age := time.Since(k.opts.TokenIssued)
	if age >= oldToken && item.Status == Pass {
		item = warned("the token is " + days(age) + " old: issue a new one")
	}
	return item.with("token_days", float64(wholeDays(age)))
}

// extraScopes returns what the provider says that the token allows, and the
// program does not need.
func (k *checker) extraScopes(answer http.Header) []string {
	if k.opts.Scopes == nil {
		return nil
	}
	var extra []string
	for scope := range strings.FieldsFuncSeq(answer.Get("X-OAuth-Scopes"), func(r rune) bool { return r == ',' || r == ' ' }) {
		if scope = discreet.Word(scope); scope != "" && !slices.Contains(k.opts.Scopes, scope) {
			extra = append(extra, scope)
		}
	}
	return extra
}

// headroom reads what the answers until now have said of the rate limit.
func (k *checker) headroom() Item {
	quota := k.quota.Quota()
	item := k.judgeQuota(quota)
	if quota.Known && item.Status != Skipped {
		item = item.with("remaining", float64(quota.Remaining))
	}
	if quota.Limit > 0 && item.Status != Skipped {
		item = item.with("limit", float64(quota.Limit))
	}
	return item
}

func (k *checker) judgeQuota(quota transport.Quota) Item {
	switch left := fmt.Sprintf("%d requests are left until the rate limit", quota.Remaining); {
	case k.inVain != "":
		return skipped(k.inVain)
	case k.clock.answers == 0:
		return skipped(unanswering)
	case !quota.Known:
		return warned("the answers don't say how many requests are left (" + schema.HeaderRateLimitRemaining + "): the rate limit comes without a warning")
	case quota.Remaining <= k.opts.MinHeadroom:
		return failed(fmt.Sprintf("%s, and it should be more than %d: find what else uses the token, or give this program its own", left, k.opts.MinHeadroom), nil)
	default:
		return passed(left)
	}
}

// links reads the first link.
func (k *checker) links(ctx context.Context) Item {
	if k.inVain != "" {
		return skipped(k.inVain)
	}
	if _, err := k.client.LinksPage(ctx, "", 1); err != nil {
		return apiFailed("read links", err)
	}
	return passed("the links can be read")
}

// advice is what to do about a call's error: the first that fits.
var advice = []struct {
	kind error
	text string // "%s" is what was not allowed
}{
	{api.ErrUnauthorized, "the token is not valid (any more): issue a new one"},
	{api.ErrForbidden, "the token is valid, but is not allowed to %s: issue one that is"},
	{api.ErrNoToken, "there is no token to send: look at where it should come from"},
	{api.ErrRateLimited, "over the provider's rate limit: find what else uses the token, and check again in a minute"},
	{api.ErrLocalLimit, "not asked, since the program is at a limit of its own: check again in a minute"},
	{api.ErrCircuitOpen, "not asked, since the API has failed repeatedly: look at the provider's status page, and check again in a minute"},
	{context.Canceled, "the check was given up"},
	{api.ErrTimeout, "no answer in time: look at the network and the provider's status page, the token is not the reason"},
	{api.ErrRedirected, "Options.Transport follows redirects, and would take the token along: have it return them"},
	{api.ErrAccount, "the token is of another account than Options.Account: correct one of them"},
	{api.ErrDNS, "the API's name can't be resolved: look at Options.BaseURL, the network and the name servers"},
	{api.ErrTLS, "there is no TLS connection that can be trusted: look at Options.BaseURL, the proxy and this machine's certificates"},
	{api.ErrServer, "the provider fails: look at its status page, and check again later"},
	{api.ErrNotFound, "there is nothing at this path: correct Options.BaseURL or Options.Paths"},
	{api.ErrMalformed, "the answer is not the API's: correct Options.BaseURL or Options.Paths, or find the proxy that answers"},
	{api.ErrTooLarge, "the answer is too large: is it the API that answers?"},
	{api.ErrRefused, "the provider refuses the request: has its contract changed?"},
}

// apiFailed is the item of a call that was to do something and has failed.
func apiFailed(what string, err error) Item {
	detail := "the API can't be reached: look at the network, the name servers and the proxy"
	for _, a := range advice {
		if errors.Is(err, a.kind) {
			detail = strings.Replace(a.text, "%s", what, 1)
			break
		}
	}
	return failed(detail, err)
}
