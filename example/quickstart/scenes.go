package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
)

// A scene is one thing that a provider, or an attacker who poses as one, does.
type scene struct {
	name   string
	send   func(context.Context, *sender) ([]string, error)
	answer string // expected
	seen   string // expected of the handler
}

const (
	received  = `200 {"received":true}`
	duplicate = `200 {"duplicate":true}`
	invalid   = "403 Invalid signature"
	nothing   = "nothing"
)

type data map[string]any

var (
	shop  = data{"link_id": "lnk_1", "title": "My shop", "url": "https://shop.example", "position": 0}
	story = data{"link_id": "lnk_2", "title": "My story", "url": "https://story.example", "position": 1}
)

func scenes() []scene {
	created := event(linktree.LinkCreated, shop)
	return []scene{
		{"link.created", one("evt-1", created), received, `"My shop" at https://shop.example`},
		{"link.updated", one("evt-2", event(linktree.LinkUpdated, data{"link_id": "lnk_1", "title": "Our shop", "thumbnail_url": nil})), received, `lnk_1 is now "Our shop"`},
		{"link.deleted", one("evt-3", event(linktree.LinkDeleted, data{"link_id": "lnk_1", "deleted_at": "2026-01-02T15:04:05Z"})), received, "lnk_1 is gone"},
		{"profile.updated", one("evt-4", event(linktree.ProfileUpdated, data{"username": "ada", "bio": "I count"})), received, "@ada: I count"},
		{"analytics.milestone", one("evt-5", event(linktree.AnalyticsMilestone, data{"link_id": "lnk_2", "metric": "clicks", "value": 1003, "threshold": 1000})), received, "lnk_2 reached 1000 clicks"},
		{"the first one again", one("evt-1", created), duplicate, nothing},
		{"ten copies of one at once", func(ctx context.Context, p *sender) ([]string, error) {
			return p.together(ctx, 10, "evt-6", event(linktree.LinkCreated, story))
		}, "1× " + received + ", 9× " + duplicate, `"My story" at https://story.example`},
		{"one whose handler fails, and its retry", retried("evt-7", event(linktree.LinkUpdated, data{"link_id": "lnk_2", "title": "Fails once"})), "500 Internal server error, " + received, `an error of its own, then lnk_2 is now "Fails once"`},
		{"an event type of next year", one("evt-8", event("shop.opened", data{})), received, "the unknown type shop.opened"},
		{"a forged signature", spoilt("evt-9", created, 0, func(r *http.Request) {
			r.Header.Set("X-Linktree-Signature", strings.Repeat("0123456789abcdef", 4))
		}), invalid, nothing},
		{"one of an hour ago", spoilt("evt-10", created, -time.Hour, nil), invalid, nothing},
		{"an unsigned one", spoilt("evt-11", created, 0, func(r *http.Request) {
			r.Header.Del("X-Linktree-Signature")
		}), "401 Missing signature", nothing},
		{"a captured one under another id", func(ctx context.Context, p *sender) ([]string, error) {
			now, body := time.Now(), event(linktree.LinkDeleted, data{"link_id": "lnk_2"})
			first, err := p.deliver(ctx, "evt-12", now, body, nil)
			if err != nil {
				return nil, err
			}
			again, err := p.deliver(ctx, "evt-13", now, body, nil)
			return []string{first, again}, err
		}, received + ", " + duplicate, "lnk_2 is gone"},
		{"one byte more than is taken", one("evt-14", []byte(strings.Repeat(" ", middleware.DefaultBodyLimit+1))), "413 Body too large", nothing},
		{"signed, but no event", one("evt-15", []byte(`["link.created"]`)), "400 Not a webhook envelope", nothing},
	}
}

func one(id string, body []byte) func(context.Context, *sender) ([]string, error) {
	return spoilt(id, body, 0, nil)
}

// spoilt sends one whose clock is off, or that is changed after signing.
func spoilt(id string, body []byte, age time.Duration, change func(*http.Request)) func(context.Context, *sender) ([]string, error) {
	return func(ctx context.Context, p *sender) ([]string, error) {
		a, err := p.deliver(ctx, id, time.Now().Add(age), body, change)
		return []string{a}, err
	}
}

// retried sends one again, signed anew, as a provider does after a failure.
func retried(id string, body []byte) func(context.Context, *sender) ([]string, error) {
	return func(ctx context.Context, p *sender) ([]string, error) {
		var answers []string
		for range 2 {
			a, err := p.deliver(ctx, id, time.Now(), body, nil)
			if err != nil {
				return nil, err
			}
			answers = append(answers, a)
		}
		return answers, nil
	}
}
