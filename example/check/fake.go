package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/transport"
	"github.com/hooklatch/hooklatch/verify/provider"
)

const path = "/webhooks/linktree"

// The kinds of fakes.
const (
	fakeOK     = "ok"
	fakeWarn   = "warn"   // its answers leave something open, and its clock is not ours
	fakeBroken = "broken" // most of it does not work
)

// A fakeFlag takes -fake, which is -fake=ok, and -fake=KIND.
type fakeFlag struct{ kind string }

func (f *fakeFlag) String() string   { return f.kind }
func (f *fakeFlag) IsBoolFlag() bool { return true }

func (f *fakeFlag) Set(s string) error {
	switch s {
	case "true":
		f.kind = fakeOK
	case "false":
		f.kind = ""
	case fakeOK, fakeWarn, fakeBroken:
		f.kind = s
	default:
		return fmt.Errorf("it is %s, %s or %s", fakeOK, fakeWarn, fakeBroken)
	}
	return nil
}

// checkFake checks a program that receives webhooks of a fake Linktree over
// TLS. All of it is in this process.
func checkFake(ctx context.Context, kind string) (*check.Report, error) {
	secret := rand.Text()
	receiver, err := newReceiver(secret, kind)
	if err != nil {
		return nil, err
	}
	defer receiver.Close()
	trusting := receiver.Client().Transport.(*http.Transport) // of the receiver's certificate

	fake := linktreetest.New(&linktreetest.Options{
		Secret:           secret,
		Transport:        trusting,
		SkipReachability: kind == fakeBroken,
	})
	server := httptest.NewServer(fake)
	defer server.Close()
	defer fake.Close()
	ada := fake.Creator("ada")
	ada.CreateLink("Shop", "https://shop.example")

	scopes := []string{} // all
	events := linktree.EventTypes()
	if kind == fakeBroken {
		scopes = []string{linktreetest.ScopeWebhooksRead, linktreetest.ScopeWebhooksWrite}
		events = events[:2]
	}
	client, err := api.New(transport.StaticToken(ada.Token(scopes...)), &api.Options{
		BaseURL:             server.URL,
		WebhookURL:          receiver.URL + path,
		InsecureDevelopment: true, // for the fake, which speaks http on a loopback address
	})
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	if _, err := client.EnsureWebhook(ctx, "", events); err != nil {
		return nil, err
	}
	spoil(fake, kind)
	return check.Run(ctx, client, &check.Options{RootCAs: trusting.TLSClientConfig.RootCAs}), nil
}

// newReceiver starts what a program in production has at its webhook URL.
func newReceiver(secret, kind string) (*httptest.Server, error) {
	scheme, err := provider.Linktree(secret)
	if err != nil {
		return nil, err
	}
	pattern := path
	if kind == fakeBroken {
		pattern = "POST " + path // a common mistake: HEAD has to come through
	}
	quiet := slog.New(slog.DiscardHandler)
	mux := http.NewServeMux()
	mux.Handle(pattern, linktree.Receiver(middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: quiet}), scheme, lru.New(nil), &dispatch.Mux{Logger: quiet}, nil))
	return httptest.NewTLSServer(mux), nil
}

// spoil has go wrong what the kind of fake stands for.
func spoil(fake *linktreetest.Provider, kind string) {
	switch kind {
	case fakeWarn:
		fake.Fault(linktreetest.Fault{NoRateLimit: true, ClockSkew: 90 * time.Second})
	case fakeBroken:
		fake.Fault(linktreetest.Fault{
			Header:    http.Header{"X-RateLimit-Remaining": {"12"}},
			ClockSkew: -10 * time.Minute,
		})
	}
}
