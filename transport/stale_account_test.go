package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
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

// TestStaleMemoryIsBounded: whatever is read, by however many accounts and
// through however many chains, what is kept stays within MaxBytes; and the
// latest answer is always among it.
func TestStaleMemoryIsBounded(t *testing.T) {
	const most = 4 << 20
	layer := transport.Stale(transport.StaticToken("t"), &transport.StaleOptions{
		Paths: []string{"/*"}, MaxEntries: 1 << 20, MaxBytes: most,
		Account: func(ctx context.Context) string { return ctx.Value(accountKey{}).(string) },
	})
	down := false
	next := transport.Func(func(r *http.Request) (*http.Response, error) {
		if down {
			return nil, errNetwork
		}
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer t")
		return &http.Response{
			StatusCode: 200, Header: http.Header{}, Request: r,
			Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 100_000))),
		}, nil
	})
	read := func(i int) error {
		ctx := context.WithValue(t.Context(), accountKey{}, fmt.Sprint("account", i/3))
		_, err := get(ctx, layer(next), fmt.Sprint("http://provider.test/", i%3))
		return err
	}
	before := heap()
	for i := range 300 {
		if err := read(i); err != nil {
			t.Fatal(err)
		}
	}
	if got := int64(heap()) - int64(before); got > most+1<<20 {
		t.Errorf("%d bytes are kept, want %d at most", got, most)
	}
	down = true
	kept := 0
	for i := range 300 {
		if read(i) == nil {
			kept++
		}
	}
	if kept < 35 || kept > 42 || read(299) != nil {
		t.Errorf("%d of 300 answers of 100 kB are kept in %d bytes, or not the latest", kept, most)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
