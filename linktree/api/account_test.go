package api_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// A wallet is a secrets manager.
type wallet struct {
	token string
	down  error
}

func (w *wallet) Token(context.Context, string) (string, error) { return w.token, w.down }

// openAccount returns a client for ada's account with tokens from the wallet.
func openAccount(t *testing.T, account string) (*linktreetest.Provider, *wallet, *api.Client) {
	t.Helper()
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	srv := hooktest.NewServer(t, fake)
	t.Cleanup(fake.Close)
	w := &wallet{token: fake.Creator("ada").Token()}
	c, err := api.New(w, &api.Options{
		BaseURL: srv.URL, InsecureDevelopment: true, Logger: quiet, Account: account,
		Transport: srv.Client().Transport, Retry: &transport.RetryOptions{Attempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return fake, w, c
}

// What was read last outlives the token that it was read with, and the secrets
// manager, while the provider fails.
func TestAccountOutlivesToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, w, c := openAccount(t, "ada")
		if p, err := c.Profile(t.Context()); err != nil || p.Stale {
			t.Fatalf("%+v, %v", p, err)
		}
		w.down = errors.New("the secrets manager is down")
		if p, err := c.Profile(t.Context()); err != nil || p.Stale {
			t.Errorf("manager down: %+v, %v, want the provider's own", p, err)
		}
		fake.Fault(linktreetest.Fault{Status: 503})
		if p, err := c.Profile(t.Context()); err != nil || !p.Stale || p.Username != "ada" {
			t.Errorf("manager and provider down: %+v, %v", p, err)
		}
		w.token, w.down = fake.Creator("ada").Token(), nil
		if p, err := c.Profile(t.Context()); err != nil || !p.Stale || p.Username != "ada" {
			t.Errorf("after a rotation, provider down: %+v, %v", p, err)
		}
		time.Sleep(25 * time.Hour)
		if p, err := c.Profile(t.Context()); err == nil {
			t.Errorf("a day later: %+v", p)
		}
	})
}

// A manager that hands out another account's token is found out: its answers
// are withheld, and not kept for the account, whose own stay.
func TestAccountIsChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, w, c := openAccount(t, "ada")
		if _, err := c.Profile(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := len(fake.Requests())
		if _, err := c.Profile(t.Context()); err != nil || len(fake.Requests()) != before+1 {
			t.Errorf("%v, %d requests: a token that is known needs no second question", err, len(fake.Requests())-before)
		}
		w.token = fake.Creator("bob").Token()
		_, err := c.Profile(t.Context())
		wantError(t, "bob's token", err, api.ErrAccount)
		_, err = c.LinksPage(t.Context(), "", 0)
		wantError(t, "bob's token", err, api.ErrAccount)
		fake.Fault(linktreetest.Fault{Status: 503})
		if p, err := c.Profile(t.Context()); err != nil || !p.Stale || p.Username != "ada" {
			t.Errorf("provider down: %+v, %v, want ada's", p, err)
		}
		if page, err := c.LinksPage(t.Context(), "", 0); err == nil {
			t.Errorf("provider down: %+v, and ada's were never read", page)
		}
	})
}

// If it can't be found out whose a token is, its answers are passed on and not
// kept.
func TestAccountUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openAccount(t, "ada")
		remove := fake.Fault(linktreetest.Fault{Path: "/me", Status: 500})
		if p, err := c.Profile(t.Context()); err != nil || p.Username != "ada" {
			t.Errorf("%+v, %v", p, err)
		}
		all := fake.Fault(linktreetest.Fault{Status: 503})
		if p, err := c.Profile(t.Context()); err == nil {
			t.Errorf("%+v, which was not known to be ada's", p)
		}
		all()
		remove()
		if _, err := c.Profile(t.Context()); err != nil {
			t.Error(err)
		}
		fake.Fault(linktreetest.Fault{Status: 503})
		if p, err := c.Profile(t.Context()); err != nil || !p.Stale {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// Without an account what is kept is the token's.
func TestNoAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, w, c := openAccount(t, "")
		if _, err := c.Profile(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.token = fake.Creator("bob").Token()
		fake.Fault(linktreetest.Fault{Status: 503})
		if p, err := c.Profile(t.Context()); err == nil {
			t.Errorf("with bob's token: %+v", p)
		}
	})
}
