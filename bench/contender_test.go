package bench_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"testing"
	"time"

	playground "github.com/go-playground/webhooks/v6/github"
	"github.com/google/go-github/v89/github"
	"github.com/slack-go/slack"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stripe/stripe-go/v85/webhook"
	svix "github.com/svix/svix-webhooks/go"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// Every format here accepts these secrets.
var (
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of thirty-two bytes, ok"))
	other  = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another one of thirty-two bytes."))
)

// A check verifies a request.
type check func(h http.Header, body []byte) error

// A contender verifies requests of one format. What a user makes once per
// secret, new makes; it is not timed.
type contender struct {
	name string
	new  func(secret string) (check, error)
}

// A format is how a provider signs, with the libraries that verify it.
type format struct {
	name   string
	scheme func(secrets ...string) (*verify.Scheme, error)
	peers  []contender
}

var formats = []format{
	{name: "linktree", scheme: provider.Linktree},
	{name: "standard-webhooks", scheme: provider.StandardWebhooks, peers: []contender{
		{"standard-webhooks", func(secret string) (check, error) {
			wh, err := standardwebhooks.NewWebhook(secret)
			return func(h http.Header, body []byte) error { return wh.Verify(body, h) }, err
		}},
		{"svix", func(secret string) (check, error) {
			wh, err := svix.NewWebhook(secret)
			return func(h http.Header, body []byte) error { return wh.Verify(body, h) }, err
		}},
	}},
	{name: "stripe", scheme: provider.Stripe, peers: []contender{
		{"stripe-go", func(secret string) (check, error) {
			return func(h http.Header, body []byte) error {
				return webhook.ValidatePayload(body, h.Get("Stripe-Signature"), secret)
			}, nil
		}},
	}},
	{name: "github", scheme: provider.GitHub, peers: []contender{
		{"go-github", func(secret string) (check, error) {
			key := []byte(secret)
			return func(h http.Header, body []byte) error {
				return github.ValidateSignature(h.Get("X-Hub-Signature-256"), body, key)
			}, nil
		}},
		{"go-playground", newPlayground},
	}},
	{name: "slack", scheme: provider.Slack, peers: []contender{
		{"slack-go", func(secret string) (check, error) {
			return func(h http.Header, body []byte) error {
				v, err := slack.NewSecretsVerifier(h, secret)
				if err != nil {
					return err
				}
				_, _ = v.Write(body) // a hash takes every write
				return v.Ensure()
			}, nil
		}},
	}},
}

// newPlayground verifies with a library that reads and decodes the request in
// the same call. It decodes into the smallest type that the library has.
func newPlayground(secret string) (check, error) {
	hook, err := playground.New(playground.Options.Secret(secret))
	if err != nil {
		return nil, err
	}
	var src bytes.Reader
	r := &http.Request{Method: http.MethodPost, Body: io.NopCloser(&src)}
	return func(h http.Header, body []byte) error {
		src.Reset(body)
		r.Header = h
		_, err := hook.Parse(r, playground.PingEvent)
		return err
	}, nil
}

// contenders are all that verify the format. The first ones are the floor: the
// HMAC of the body alone, compared with nothing.
func (f *format) contenders() []contender {
	return append([]contender{
		{"hmac-reused", func(secret string) (check, error) {
			mac, sum := hmac.New(sha256.New, []byte(secret)), make([]byte, 0, sha256.Size)
			return func(_ http.Header, body []byte) error {
				mac.Reset()
				mac.Write(body)
				sum = mac.Sum(sum[:0])
				return nil
			}, nil
		}},
		{"hmac-new", func(secret string) (check, error) {
			return func(_ http.Header, body []byte) error {
				mac := hmac.New(sha256.New, []byte(secret))
				mac.Write(body)
				mac.Sum(nil)
				return nil
			}, nil
		}},
		{"hooklatch", func(secret string) (check, error) {
			s, err := f.scheme(secret)
			return func(h http.Header, body []byte) error {
				_, err := s.Verify(context.Background(), h, body)
				return err
			}, err
		}},
	}, f.peers...)
}

// sign returns the header of a genuine request.
func (f *format) sign(tb testing.TB, secret string, body []byte) http.Header {
	tb.Helper()
	s, err := f.scheme(secret)
	if err != nil {
		tb.Fatal(err)
	}
	// Only go-playground reads the type.
	h := http.Header{"X-Github-Event": {"ping"}}
	if err := s.Sign(h, verify.Envelope{ID: "msg_1", Time: time.Now()}, body); err != nil {
		tb.Fatal(err)
	}
	h.Set("X-GitHub-Event", "ping")
	return h
}
