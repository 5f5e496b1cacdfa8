package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hooklatch/hooklatch/transport"
)

type accountKey struct{}

// TestStaleAccount: an answer that belongs to an account survives the token that
// it was got with, and its source; it is never served to another account.
func TestStaleAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down bool                        // the provider
		tokens := map[string]string{}        // by account; none: the manager is down
		valid := map[string]map[string]bool{ // tokens by account
			"ada": {}, "bob": {},
		}
		source := transport.SourceFunc(func(ctx context.Context, _ string) (string, error) {
			if token := tokens[ctx.Value(accountKey{}).(string)]; token != "" {
				return token, nil
			}
			return "", errors.New("the secrets manager is down")
		})
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			account, _, _ := strings.Cut(token, "-")
			switch {
			case down:
				w.WriteHeader(503)
			case !valid[account][token]:
				w.WriteHeader(401)
			default:
				_, _ = io.WriteString(w, account)
			}
		})
		rt := transport.Chain(
			transport.Stale(source, &transport.StaleOptions{
				Paths:   []string{"/*"},
				Account: func(ctx context.Context) string { return ctx.Value(accountKey{}).(string) },
			}),
			transport.Auth(source, mustParse(up.URL)),
		)(up)
		get := func(account string) (string, error) {
			r, _ := http.NewRequestWithContext(context.WithValue(t.Context(), accountKey{}, account), "GET", up.URL+"/me", nil)
			resp, err := rt.RoundTrip(r)
			if err != nil {
				return "", err
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			return fmt.Sprint(resp.StatusCode, " ", string(body)), err
		}
		rotate := func(account string) {
			tokens[account] = fmt.Sprint(account, "-", rand.Uint64())
			valid[account] = map[string]bool{tokens[account]: true}
		}
		check := func(what, account, want string) {
			t.Helper()
			if got, err := get(account); got != want && (want != "" || !errors.Is(err, transport.ErrNoToken)) {
				t.Errorf("%s: %s got %q, %v, want %q", what, account, got, err, want)
			}
		}
		rotate("ada")
		rotate("bob")
		check("up", "ada", "200 ada")
		rotate("ada")
		down = true
		check("after a rotation, provider down", "ada", "200 ada")
		check("never read", "bob", "503 ")
		delete(tokens, "ada")
		delete(tokens, "bob")
		check("manager down", "ada", "200 ada")
		check("manager down, never read", "bob", "")
		down = false
		check("manager down, provider up", "ada", "200 ada")
		tokens["ada"] = "ada-revoked"
		check("revoked", "ada", "401 ")
		delete(tokens, "ada")
		check("manager down after it was revoked", "ada", "")
		up.wantNothingOpen()
	})
}

// TestStaleAccountsApart: with many accounts, tokens that change all the time,
// and a provider and a manager that fail half of the time, an account never sees
// what is another's.
func TestStaleAccountsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := transport.SourceFunc(func(ctx context.Context, _ string) (string, error) {
			if rand.N(2) == 0 {
				return "", errors.New("the secrets manager is down")
			}
			return fmt.Sprint(ctx.Value(accountKey{}), "-", rand.Uint64()), nil
		})
		up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			if rand.N(2) == 0 {
				w.WriteHeader(503)
				return
			}
			account, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "-")
			_, _ = io.WriteString(w, account)
		})
		rt := transport.Chain(
			transport.Stale(source, &transport.StaleOptions{
				Paths:   []string{"/*"},
				Account: func(ctx context.Context) string { return ctx.Value(accountKey{}).(string) },
			}),
			transport.Auth(source, mustParse(up.URL)),
		)(up)
		served := 0
		for range 2000 {
			account := fmt.Sprint("account", rand.N(20))
			r, _ := http.NewRequestWithContext(context.WithValue(t.Context(), accountKey{}, account), "GET", up.URL+"/me", nil)
			resp, err := rt.RoundTrip(r)
			if err != nil {
				continue
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 200 {
				continue
			}
			if string(body) != account {
				t.Fatalf("%s got the answer of %s", account, body)
			}
			served++
		}
		t.Logf("%d of 2000 were served, by a provider and a manager that are up together in a quarter of them", served)
		if served < 1800 {
			t.Errorf("%d of 2000 were served, want nearly all", served)
		}
		up.wantNothingOpen()
	})
}
