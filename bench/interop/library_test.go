package interop_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v89/github"
	"github.com/slack-go/slack"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stripe/stripe-go/v85/webhook"
	svix "github.com/svix/svix-webhooks/go"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A library is what a provider publishes for Go.
type library struct {
	name string
	ours func(secrets ...string) (*verify.Scheme, error)

	// sign returns the headers; nil if the library only verifies, as those
	// of GitHub and Slack do.
	sign func(t *testing.T, secret string, at time.Time, body []byte) http.Header

	verify func(t *testing.T, secret string, h http.Header, body []byte) error

	// join returns a with b's signature added; nil if the format allows one only.
	join func(a, b http.Header) http.Header

	signsID      bool
	timeless     bool // no time is signed
	takesFutures bool // the library takes any time in the future
}

var libraries = []library{
	{
		name: "standard-webhooks", ours: provider.StandardWebhooks, signsID: true,
		join: list(" ", "v1,", "Webhook-Signature"),
		sign: func(t *testing.T, secret string, at time.Time, body []byte) http.Header {
			wh := must(standardwebhooks.NewWebhook(secret))(t)
			return http.Header{
				"Webhook-Id":        {id},
				"Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
				"Webhook-Signature": {must(wh.Sign(id, at, body))(t)},
			}
		},
		verify: func(t *testing.T, secret string, h http.Header, body []byte) error {
			return must(standardwebhooks.NewWebhook(secret))(t).Verify(body, h)
		},
	},
	{
		name: "svix", ours: provider.StandardWebhooks, signsID: true,
		join: list(" ", "v1,", "Svix-Signature", "Webhook-Signature"),
		sign: func(t *testing.T, secret string, at time.Time, body []byte) http.Header {
			wh := must(svix.NewWebhook(secret))(t)
			return http.Header{
				"Svix-Id":        {id},
				"Svix-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
				"Svix-Signature": {must(wh.Sign(id, at, body))(t)},
			}
		},
		verify: func(t *testing.T, secret string, h http.Header, body []byte) error {
			return must(svix.NewWebhook(secret))(t).Verify(body, h)
		},
	},
	{
		name: "stripe-go", ours: provider.Stripe, takesFutures: true,
		join: list(",", "v1=", "Stripe-Signature"),
		sign: func(_ *testing.T, secret string, at time.Time, body []byte) http.Header {
			p := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
			return http.Header{"Stripe-Signature": {p.Header}}
		},
		verify: func(_ *testing.T, secret string, h http.Header, body []byte) error {
			return webhook.ValidatePayload(body, h.Get("Stripe-Signature"), secret)
		},
	},
	{
		name: "go-github", ours: provider.GitHub, timeless: true,
		verify: func(_ *testing.T, secret string, h http.Header, body []byte) error {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			r.Header = h.Clone()
			r.Header.Set("Content-Type", "application/json")
			payload, err := github.ValidatePayload(r, []byte(secret))
			if err == nil && !bytes.Equal(payload, body) {
				return fmt.Errorf("another body came out: %q", payload)
			}
			return err
		},
	},
	{
		name: "slack-go", ours: provider.Slack,
		verify: func(_ *testing.T, secret string, h http.Header, body []byte) error {
			v, err := slack.NewSecretsVerifier(h, secret)
			if err != nil {
				return err
			}
			if _, err := v.Write(body); err != nil {
				return err
			}
			return v.Ensure()
		},
	},
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// list returns a library's join, which adds the second header's signature, with
// its prefix, to the first header's list.
func list(separator, prefix string, names ...string) func(a, b http.Header) http.Header {
	return func(a, b http.Header) http.Header {
		a = a.Clone()
		for _, name := range names {
			if a.Get(name) == "" {
				continue
			}
			_, signature, _ := strings.Cut(b.Get(name), prefix)
			a.Set(name, a.Get(name)+separator+prefix+signature)
		}
		return a
	}
}
