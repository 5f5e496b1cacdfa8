package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

type tokenKey struct{}

func withToken(ctx context.Context, token string) context.Context {
	return context.WithValue(ctx, tokenKey{}, token)
}

// perCaller is a source for many creators: the token is the context's. When it
// is rejected there is a newer one, unless that is what was rejected.
var perCaller = transport.SourceFunc(func(ctx context.Context, rejected string) (string, error) {
	token, ok := ctx.Value(tokenKey{}).(string)
	if !ok {
		return "", errors.New("a request of no caller")
	}
	if rejected != "" {
		return token + "-new", nil
	}
	return token, nil
})

// TestStaleKeepsTokensApart: callers with many tokens at a time, on a provider
// that fails half of the time, never see what is another's.
func TestStaleKeepsTokensApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(rand.N(20 * time.Millisecond))
			if rand.N(2) == 0 {
				w.WriteHeader(503)
				return
			}
			_, _ = io.WriteString(w, r.Header.Get("Authorization"))
		})
		rt := transport.Chain(
			transport.Stale(perCaller, &transport.StaleOptions{Paths: []string{"/me"}, FreshFor: 10 * time.Millisecond}),
			transport.Auth(perCaller, mustURL(t, k.URL)),
		)(k)
		var wg sync.WaitGroup
		var mu sync.Mutex
		served := map[string]int{}
		for caller := range 30 {
			token := fmt.Sprint("token", caller%10)
			wg.Go(func() {
				for range 40 {
					req, err := http.NewRequestWithContext(withToken(t.Context(), token), "GET", k.URL+"/me", nil)
					if err != nil {
						t.Error(err)
						return
					}
					resp, err := rt.RoundTrip(req)
					if err != nil {
						t.Error(err)
						return
					}
					body, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					if resp.StatusCode == 200 && string(body) != "Bearer "+token {
						t.Errorf("%s was served %q", token, body)
					}
					mu.Lock()
					served[resp.Header.Get("Cache-Status")[:min(14, len(resp.Header.Get("Cache-Status")))]]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if served[""] == 0 || served["hooklatch; hit"] == 0 || served["hooklatch; fwd"] == 0 {
			t.Errorf("answers by Cache-Status: %v, want some of each", served)
		}
		k.wantNothingOpen()
	})
}

// TestStaleRefreshInTheMiddle: an answer belongs to the token that it was got
// with, be it that the source had another when the request came in.
func TestStaleRefreshInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, perCaller, everything)
		old, renewed := withToken(t.Context(), "a"), withToken(t.Context(), "a-new")
		check := func(ctx context.Context, want seen) {
			t.Helper()
			got, err := k.get(ctx, "/me")
			if err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		}
		check(old, seen{Status: 200, Body: "a /me 1"})

		renewing := func(status int) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "Bearer a" {
					w.WriteHeader(401)
					return
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "new account")
			}
		}
		k.answer = renewing(200)
		check(old, seen{Status: 200, Body: "new account"}) // a was refused, and a-new got this

		k.answer = status(503)
		check(old, seen{Status: 503}) // neither a-new's nor what a has lost
		check(renewed, seen{Status: 200, Body: "new account", Stale: true})

		// Refused, renewed, and then the provider fails: what is kept for the
		// new token is served.
		k.answer = renewing(503)
		check(old, seen{Status: 200, Body: "new account", Stale: true})
		k.wantNothingOpen()
	})
}

// TestStaleWithoutToken: an answer that belongs to no token is not kept, and a
// caller without a token is not served with another's.
func TestStaleWithoutToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, perCaller, everything)
		ctx := withToken(t.Context(), "a")
		if _, err := k.get(ctx, "/me"); err != nil {
			t.Fatal(err)
		}
		k.answer = status(503)
		if got, err := k.get(t.Context(), "/me"); !errors.Is(err, transport.ErrNoToken) {
			t.Errorf("without a token: %+v, %v, want ErrNoToken", got, err)
		}

		// No layer sends a token here.
		alone := transport.Stale(perCaller, everything)(k.upstream)
		k.answer = nil
		if _, err := get(ctx, alone, k.URL+"/me"); err != nil {
			t.Fatal(err)
		}
		k.answer = status(503)
		if got, err := get(ctx, alone, k.URL+"/me"); got != 503 || err != nil {
			t.Errorf("got %d, %v, want the provider's 503", got, err)
		}
		k.wantNothingOpen()
	})
}

// TestStaleHidesTokens: no token is to be found in the layer's memory, as far
// as it can be printed.
func TestStaleHidesTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := transport.StaticToken("s3cret")
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
		rt := transport.Chain(transport.Stale(source, everything), transport.Auth(source, mustURL(t, u.URL)))(u)
		if _, err := get(t.Context(), rt, u.URL+"/me"); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if text := fmt.Sprintf(verb, rt); strings.Contains(text, "s3cret") {
				t.Errorf("%s shows the token: %s", verb, text)
			}
		}
	})
}
