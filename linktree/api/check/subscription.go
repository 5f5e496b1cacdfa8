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
	case k.opts.WebhookURL == "":
		return off(noWebhook)
	case k.inVain != "":
		return skipped(k.inVain)
	}
	all, err := k.client.Subscriptions(ctx, k.opts.WebhookURL)
	if err != nil {
		return apiFailed("list subscriptions", err)
	}
	active := 0
	for _, w := range all {
		if w.Active {
			active++
		}
	}
	return judgeSubscriptions(all, k.opts.Events).with("active", float64(active))
}

// judgeSubscriptions tells what will be delivered to the URL that they are of.
func judgeSubscriptions(all []schema.Webhook, wanted []string) Item {
	if len(all) == 0 {
		return failed("the provider has no subscription of the webhook URL: EnsureWebhook registers it", nil)
	}
	var since time.Time
	var delivered []string
	active := slices.DeleteFunc(slices.Clone(all), func(w schema.Webhook) bool {
		if w.Active {
			delivered = append(delivered, w.Events...)
		} else if w.DisabledAt.After(since) {
			since = w.DisabledAt
		}
		return !w.Active
	})
	missing := slices.DeleteFunc(sorted(wanted), func(e string) bool { return slices.Contains(delivered, e) })
	switch {
	case len(active) == 0:
		text := ""
		if !since.IsZero() {
			text = " since " + since.UTC().Format(time.RFC3339)
		}
		return failed("the provider has switched the subscription off"+text+
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
