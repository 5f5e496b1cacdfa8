package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

const unanswering = "the provider has not answered, see " + CheckHealth

// health asks whether the API is up. If it can't be reached, the others need
// not try.
func (k *checker) health(ctx context.Context) ReportItem {
	h, err := k.client.Health(ctx)
	switch status := plain(h.Status, maxWord); {
	case err != nil:
		if isDown(err) {
			k.inVain = "the API can't be used, see " + CheckHealth
		}
		return apiFailed("ask for the API's health", err)
	case status != "" && !strings.EqualFold(status, "ok"):
		return warned("the API is up, but says that it is " + status + ": look at the provider's status page")
	}
	return passed("the API is up")
}

// isDown tells whether an error says that another call will fail, too.
func isDown(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Status != 0 {
		return errors.Is(err, ErrServer)
	}
	return !slices.ContainsFunc([]error{ErrNoToken, ErrLocalLimit, ErrMalformed}, func(kind error) bool {
		return errors.Is(err, kind)
	})
}

// auth asks whose token it is.
func (k *checker) auth(ctx context.Context) ReportItem {
	if k.inVain != "" {
		return skipped(k.inVain)
	}
	me, err := k.client.Me(ctx)
	if errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrNoToken) {
		k.inVain = "there is no valid token, see " + CheckAuth
	}
	if err != nil {
		return apiFailed("read its own account", err)
	}
	if name := plain(me.Username, maxWord); name != "" {
		return passed("the token is valid, for the account of " + name)
	}
	return passed("the token is valid")
}

// headroom reads what the answers until now have said of the rate limit.
func (k *checker) headroom() ReportItem {
	quota := k.quota.Quota()
	switch left := fmt.Sprintf("%d requests are left until the rate limit", quota.Remaining); {
	case k.inVain != "":
		return skipped(k.inVain)
	case k.clock.answers == 0:
		return skipped(unanswering)
	case !quota.Known:
		return warned("the answers don't say how many requests are left (" + schema.HeaderRateLimitRemaining + "): nobody will see the rate limit come near")
	case quota.Remaining <= k.opts.MinHeadroom:
		return failed(fmt.Sprintf("%s, and it should be more than %d: find what else uses the token, or give this program its own", left, k.opts.MinHeadroom), nil)
	default:
		return passed(left)
	}
}

// links reads the first link.
func (k *checker) links(ctx context.Context) ReportItem {
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
	{ErrUnauthorized, "the token is not valid (any more): issue a new one"},
	{ErrForbidden, "the token is valid, but is not allowed to %s: issue one that is"},
	{ErrNoToken, "there is no token to send: look at where it should come from"},
	{ErrRateLimited, "over the provider's rate limit: find what else uses the token, and check again in a minute"},
	{ErrLocalLimit, "not asked, since the program is at a limit of its own: check again in a minute"},
	{ErrCircuitOpen, "not asked, since the API has failed repeatedly: look at the provider's status page, and check again in a minute"},
	{context.Canceled, "the check was given up"},
	{ErrTimeout, "no answer in time: look at the network and the provider's status page, the token is not the reason"},
	{ErrServer, "the provider fails: look at its status page, and check again later"},
	{ErrNotFound, "there is nothing at this path: correct Options.BaseURL or Options.Paths"},
	{ErrMalformed, "the answer is not the API's: correct Options.BaseURL or Options.Paths, or find the proxy that answers"},
	{ErrTooLarge, "the answer is too large: is it the API that answers?"},
	{ErrRefused, "the provider refuses the request: has its contract changed?"},
}

// apiFailed is the item of a call that was to do something and has failed.
func apiFailed(what string, err error) ReportItem {
	detail := "the API can't be reached: look at the network, the name servers and the proxy"
	for _, a := range advice {
		if errors.Is(err, a.kind) {
			detail = strings.Replace(a.text, "%s", what, 1)
			break
		}
	}
	return failed(detail, err)
}
