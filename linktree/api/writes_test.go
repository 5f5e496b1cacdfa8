package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

var shop = schema.LinkInput{Title: ptr("Shop"), URL: ptr("https://shop.example")}

// The answer to a write is lost, and the provider honours no keys: there is one
// link, and the error says that there may be.
func TestWriteIsNotDoubled(t *testing.T) {
	for name, f := range map[string]linktreetest.Fault{
		"cut":    {Ending: linktreetest.Cut},
		"reset":  {Ending: linktreetest.Reset},
		"hangs":  {Ending: linktreetest.Hang},
		"drips":  {Ending: linktreetest.Drip},
		"failed": {Status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake, ada, c := openBubble(t, api.Options{Retry: &transport.RetryOptions{}})
				f.Method = http.MethodPost
				fake.Fault(f)
				_, err := c.CreateLink(t.Context(), shop)
				var e *api.Error
				if !errors.Is(err, api.ErrOutcomeUnknown) || !errors.As(err, &e) || e.Attempts != 1 {
					t.Errorf("%v (%+v), want that the outcome is unknown, after one attempt", err, e)
				}
				if n := len(ada.Links()); n > 1 {
					t.Errorf("%d links", n)
				}
			})
		})
	}
}

// An error says that the outcome is unknown when it is, and else does not.
func TestOutcomeUnknown(t *testing.T) {
	refuse := transport.Func(func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded })
	for name, tt := range map[string]struct {
		answer  http.HandlerFunc
		options api.Options
		call    func(*api.Client) error
		want    bool
	}{
		"500":              {says(500, ""), api.Options{}, create, true},
		"503":              {says(503, ""), api.Options{}, create, true},
		"501":              {says(501, ""), api.Options{}, create, false},
		"422":              {says(422, ""), api.Options{}, create, false},
		"429":              {says(429, ""), api.Options{}, create, false},
		"redirect":         {says(302, ""), api.Options{}, create, false},
		"no JSON":          {says(201, "<html>"), api.Options{}, create, true},
		"a read":           {says(500, ""), api.Options{}, func(c *api.Client) error { return second(c.Me(context.Background())) }, false},
		"a lost DELETE":    {hangUp, api.Options{}, func(c *api.Client) error { return c.DeleteLink(context.Background(), "1") }, true},
		"invalid":          {says(500, ""), api.Options{}, func(c *api.Client) error { return second(c.CreateLink(context.Background(), schema.LinkInput{})) }, false},
		"layers that fail": {says(500, ""), api.Options{Layers: func(http.RoundTripper) http.RoundTripper { return refuse }}, create, false},
		"refused, after it was lost": {inTurn(hangUp, says(409, "")), api.Options{
			Retry: &transport.RetryOptions{IdempotencyKeys: true, Backoff: time.Millisecond},
		}, create, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.call(scripted(t, tt.answer, &tt.options))
			if err == nil || errors.Is(err, api.ErrOutcomeUnknown) != tt.want {
				t.Errorf("%v, want that the outcome is unknown: %v", err, tt.want)
			}
		})
	}
	c := client(t, "http://127.0.0.1:1", "tok_of_ada_8f3a91", nil)
	if err := create(c); !errors.Is(err, api.ErrNetwork) || errors.Is(err, api.ErrOutcomeUnknown) {
		t.Errorf("no connection: %v", err)
	}
}

func create(c *api.Client) error { return second(c.CreateLink(context.Background(), shop)) }

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// inTurn answers with one handler after the other.
func inTurn(handlers ...http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		h := handlers[min(n, len(handlers)-1)]
		n++
		h(w, r)
	}
}

// With a key of its own a call can be repeated, by the client and by the caller:
// the fake honours keys.
func TestCallerKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, api.Options{Retry: &transport.RetryOptions{Attempts: 2}})
		fake.Fault(linktreetest.Fault{Method: http.MethodPost, Ending: linktreetest.Cut, Times: 3})
		ctx := api.WithOptions(t.Context(), api.CallOptions{IdempotencyKey: "order-66"})
		calls := 0
		for calls < 5 {
			calls++
			if _, err := c.CreateLink(ctx, shop); err == nil {
				break
			}
		}
		if n := len(ada.Links()); n != 1 || calls != 2 {
			t.Errorf("%d links by %d calls, want 1 by 2", n, calls)
		}
		for _, r := range fake.Requests() {
			if key := r.Header.Get(schema.HeaderIdempotencyKey); key != "order-66" {
				t.Errorf("sent with the key %q", key)
			}
		}
		if _, err := c.Me(ctx); err != nil || fake.Requests()[len(fake.Requests())-1].Header.Get(schema.HeaderIdempotencyKey) != "" {
			t.Errorf("a read: %v, or it has a key", err)
		}
		// So does a chain of the program's own.
		fake2, _, own := openBubble(t, api.Options{Layers: transport.Auth(transport.StaticToken("x"), mustParse("http://hooktest.test"))})
		_, _ = own.CreateLink(ctx, shop)
		if key := fake2.Requests()[0].Header.Get(schema.HeaderIdempotencyKey); key != "order-66" {
			t.Errorf("own layers: sent with the key %q", key)
		}
	})
}

// 10,000 links are created at a provider that ignores keys and loses answers at
// random: none is there twice, and each call without an error has one.
func TestNoDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		made := map[string]int{}
		c, err := api.New(transport.StaticToken("lt_live_9c2e81f04ad7"), &api.Options{
			PerMinute: 1e6, Logger: quiet, Breaker: &transport.BreakerOptions{Failures: 1e6, Logger: quiet},
			Transport: transport.Func(func(r *http.Request) (*http.Response, error) {
				body, _ := io.ReadAll(r.Body)
				made[string(body)]++
				switch random.IntN(3) {
				case 0:
					return nil, io.ErrUnexpectedEOF
				case 1:
					return &http.Response{StatusCode: 502, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
				}
				return &http.Response{StatusCode: 204, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		unknown := 0
		for i := range 10_000 {
			_, err := c.CreateLink(t.Context(), schema.LinkInput{Title: ptr(fmt.Sprint(i)), URL: ptr("https://x.example")})
			if err != nil && !errors.Is(err, api.ErrOutcomeUnknown) {
				t.Fatal(err)
			}
			if err != nil {
				unknown++
			}
		}
		doubles := 0
		for _, n := range made {
			if n > 1 {
				doubles++
			}
		}
		t.Logf("%d links, %d doubles, %d unknown outcomes", len(made), doubles, unknown)
		if doubles > 0 || len(made) != 10_000 || unknown < 6000 {
			t.Errorf("%d links, %d doubles, %d unknown outcomes", len(made), doubles, unknown)
		}
	})
}

// Writes that are answered with nothing have succeeded.
func TestEmptyAnswers(t *testing.T) {
	created := func(status int, location string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(status)
		}
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		id     string
	}{
		"204":                     {created(204, ""), ""},
		"201":                     {created(201, ""), ""},
		"201 with a path":         {created(201, "/v1/links/lnk_7"), "lnk_7"},
		"201 with a URL":          {created(201, "https://api.linktr.ee/v1/links/lnk_7?x=y"), "lnk_7"},
		"201 with an odd id":      {created(201, "/v1/links/%0a%1b"), ""},
		"201 with the root":       {created(201, "/"), ""},
		"201 with no URL":         {created(201, "%zz"), ""},
		"202":                     {created(202, ""), ""},
		"200 without a body":      {created(200, ""), ""},
		"205 (reset your form)":   {created(205, ""), ""},
		"201 with a relative one": {created(201, "lnk_7"), "lnk_7"},
	} {
		t.Run(name, func(t *testing.T) {
			c := scripted(t, tt.answer, nil)
			want := schema.Link{ID: tt.id, Title: "Shop", URL: "https://shop.example"}
			if got, err := c.CreateLink(t.Context(), shop); err != nil || got != want {
				t.Errorf("created %+v, %v, want %+v", got, err, want)
			}
			want.ID = "lnk_1"
			if got, err := c.UpdateLink(t.Context(), "lnk_1", shop); err != nil || got != want {
				t.Errorf("updated %+v, %v, want %+v", got, err, want)
			}
			if hook, err := c.CreateWebhook(t.Context(), receiverURL, []string{"a"}); err != nil || hook.ID != tt.id || !hook.Active {
				t.Errorf("subscribed %+v, %v", hook, err)
			}
			results, err := c.UpdateLinks(t.Context(), []schema.LinkUpdate{{ID: "lnk_1", LinkInput: shop}})
			if err != nil || results[0].Link != want {
				t.Errorf("updated in bulk %+v, %v, want %+v", results, err, want)
			}
		})
	}
	// What is there must still be what it should.
	_, err := scripted(t, says(201, `{}`), nil).CreateLink(t.Context(), shop)
	wantError(t, "an empty object", err, api.ErrMalformed)
}
