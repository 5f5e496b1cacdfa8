package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// A call of any path goes through the same layers as the client's own.
func TestDo(t *testing.T) {
	type sent struct{ Method, URI, Body, Authorization string }
	var got sent
	var observed []string
	answer := `[1,2,3]`
	c := scripted(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{r.Method, r.RequestURI, string(body), r.Header.Get("Authorization")}
		w.Header().Set("X-Request-Id", "req_7")
		says(200, answer)(w, r)
	}, &api.Options{Calls: func(_ context.Context, o transport.Observation) { observed = append(observed, o.Operation) }})
	const authorization = "Bearer tok_of_ada_8f3a91"

	var numbers []int
	a, err := c.Do(t.Context(), api.Request{Path: "/themes/a%2Fb", Query: url.Values{"page": {"2"}}, Op: "themes.list"}, &numbers)
	if err != nil || len(numbers) != 3 || a.RequestID != "req_7" || string(a.Body) != answer {
		t.Errorf("%v, %+v, %v", numbers, a, err)
	}
	if diff := cmp.Diff(sent{"GET", "/themes/a%2Fb?page=2", "", authorization}, got); diff != "" {
		t.Error(diff)
	}
	answer = "date;clicks\n"
	a, err = c.Do(t.Context(), api.Request{Method: "PUT", Path: "/theme", Body: map[string]string{"name": "dark"}}, nil)
	if err != nil || string(a.Body) != answer {
		t.Errorf("%+v, %v", a, err)
	}
	if diff := cmp.Diff(sent{"PUT", "/theme", `{"name":"dark"}`, authorization}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"themes.list", "PUT"}, observed); diff != "" {
		t.Error(diff)
	}
	_, err = c.Do(t.Context(), api.Request{Path: "/export"}, &numbers)
	wantError(t, "no JSON", err, api.ErrMalformed)
	for _, path := range []string{"", "x", "//evil.example/x", "/a?b=c", "/a#b", "/a b", "https://evil.example/"} {
		got = sent{}
		_, err := c.Do(t.Context(), api.Request{Path: path}, nil)
		wantError(t, path, err, api.ErrInvalid)
		if got.Method != "" {
			t.Errorf("%s: sent %+v", path, got)
		}
	}
}

// A path of the provider's may have the mark that the client's own have.
func TestDoFails(t *testing.T) {
	fake, _, c := open(t, nil)
	fake.Fault(linktreetest.Fault{Status: 503})
	_, err := c.Do(t.Context(), api.Request{Method: "POST", Path: "/anything"}, nil)
	var e *api.Error
	if !errors.As(err, &e) || e.Op != "POST" || e.Attempts != 1 || !errors.Is(err, api.ErrOutcomeUnknown) {
		t.Errorf("%+v", err)
	}
	// What is kept for a method of the client's is not served.
	fake, _, c = open(t, nil)
	if _, err := c.Profile(t.Context()); err != nil {
		t.Fatal(err)
	}
	fake.Fault(linktreetest.Fault{Status: 503})
	if a, err := c.Do(t.Context(), api.Request{Path: "/profile", Op: api.OpProfile}, nil); err == nil {
		t.Errorf("%+v, which is from memory", a)
	}
}

// The clients of many accounts share one transport and one memory, and neither
// tokens, limits nor answers.
func TestAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
		srv := hooktest.NewServer(t, fake)
		t.Cleanup(fake.Close)
		var sources atomic.Int64
		accounts, err := api.NewAccounts(func(account string) transport.Source {
			sources.Add(1)
			return transport.StaticToken(fake.Creator(account).Token())
		}, &api.Options{
			BaseURL: srv.URL, InsecureDevelopment: true, Logger: quiet, PerMinute: 3,
			Transport: srv.Client().Transport, Retry: &transport.RetryOptions{Attempts: 1},
			Limiter: &transport.LimiterOptions{MaxWait: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func(i int) (string, bool, error) {
			c, err := accounts.Client(fmt.Sprint("creator", i))
			if err != nil {
				return "", false, err
			}
			p, err := c.Profile(t.Context())
			return p.Username, p.Stale, err
		}
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				if name, stale, err := read(i); name != fmt.Sprint("creator", i) || stale || err != nil {
					t.Errorf("%d: %q, %v, %v", i, name, stale, err)
				}
			})
		}
		wg.Wait()
		// Each has its own limit: the account was asked for, and the profile.
		if name, stale, err := read(0); name != "creator0" || stale || err != nil {
			t.Errorf("%q, %v, %v", name, stale, err)
		}
		if name, stale, err := read(0); name != "creator0" || !stale || err != nil {
			t.Errorf("over its limit: %q, %v, %v, want what is kept", name, stale, err)
		}
		// The circuits are the provider's.
		fake.Fault(linktreetest.Fault{Status: 503})
		for i := range 50 {
			if name, stale, err := read(i); name != fmt.Sprint("creator", i) || !stale || err != nil {
				t.Errorf("%d: %q, %v, %v", i, name, stale, err)
			}
		}
		if n := len(fake.Requests()); n != 50*2+1+5 {
			t.Errorf("%d requests, want 5 until the circuit opens", n-101)
		}
		if n := sources.Load(); n != 50 {
			t.Errorf("%d sources for 50 accounts", n)
		}
	})
}

func TestAccountsConfig(t *testing.T) {
	good := func(string) transport.Source { return transport.StaticToken("lt_live_9c2e81f04ad7") }
	for name, o := range map[string]api.Options{
		"an account": {Account: "ada"},
		"layers":     {Layers: transport.Chain()},
		"a base URL": {BaseURL: "ftp://x"},
		"stale":      {Stale: &transport.StaleOptions{MaxBytes: -1}},
		"breaker":    {Breaker: &transport.BreakerOptions{Failures: -1}},
	} {
		if _, err := api.NewAccounts(good, &o); !errors.Is(err, api.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := api.NewAccounts(nil, nil); !errors.Is(err, api.ErrConfig) {
		t.Errorf("no sources: %v", err)
	}
	accounts, err := api.NewAccounts(func(string) transport.Source { return transport.StaticToken("") }, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"", "ada"} {
		if _, err := accounts.Client(account); !errors.Is(err, api.ErrConfig) {
			t.Errorf("%q: %v", account, err)
		}
	}
}
