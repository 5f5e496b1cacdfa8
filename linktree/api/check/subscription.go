package check

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// subscription looks for one of the webhook URL, as [api.Client.EnsureWebhook] does.
func (k *checker) subscription(ctx context.Context) Item {
	switch {
	case k.inVain != "":
		return skipped(k.inVain)
	case k.opts.WebhookURL == "":
		return skipped("there is no webhook URL, see " + Webhook)
	}
	all, err := k.client.Subscriptions(ctx, k.opts.WebhookURL)
	if err != nil {
		return apiFailed("list subscriptions", err)
	}
	return judgeSubscriptions(all, k.opts.Events)
}

// judgeSubscriptions tells what will be delivered to the URL that they are of.
func judgeSubscriptions(all []schema.Webhook, wanted []string) Item {
	if len(all) == 0 {
		return failed("the provider has no subscription of the webhook URL: EnsureWebhook registers it", nil)
	}
	var off time.Time
	var delivered []string
	active := slices.DeleteFunc(slices.Clone(all), func(w schema.Webhook) bool {
		if w.Active {
			delivered = append(delivered, w.Events...)
		} else if w.DisabledAt.After(off) {
			off = w.DisabledAt
		}
		return !w.Active
	})
	missing := slices.DeleteFunc(sorted(wanted), func(e string) bool { return slices.Contains(delivered, e) })
	switch {
	case len(active) == 0:
		since := ""
		if !off.IsZero() {
			since = " since " + off.UTC().Format(time.RFC3339)
		}
		return failed("the provider has switched the subscription off"+since+
			": find out why deliveries fail; EnsureWebhook then enables it, and what was missed must be read by the API", nil)
	case len(missing) > 0:
		return failed("the subscription lacks "+strings.Join(missing, ", ")+": EnsureWebhook replaces it", nil)
	case len(active) > 1:
		return warned(fmt.Sprintf("the webhook URL has %d active subscriptions, and events come once for each: EnsureWebhook tidies up", len(active)))
	}
	return passed(fmt.Sprintf("active, with %d event types", len(sorted(wanted))))
}

// sorted returns the events in order, each once.
func sorted(events []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(events)))
}
