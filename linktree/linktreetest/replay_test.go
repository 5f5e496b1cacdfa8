package linktreetest_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

const newLink = `{"title":"Shop","url":"https://shop.example"}`

func TestIdempotencyKey(t *testing.T) {
	fake, ada, c := open(t, nil)
	first := c.do("POST", "/links", newLink, "Idempotency-Key", "k1")
	second := c.do("POST", "/links", newLink, "Idempotency-Key", "k1")
	c.wants(201, "", second)
	diff(t, "answer", first.Body, second.Body)
	if first.Header.Get("X-Request-Id") == second.Header.Get("X-Request-Id") {
		t.Error("two requests have one id")
	}
	diff(t, "links", 1, len(ada.Links()))
	log := fake.Requests()
	diff(t, "replayed", []bool{false, true}, []bool{log[0].Replayed, log[1].Replayed})

	// Another key, none, another creator: another link.
	c.wants(201, "", c.do("POST", "/links", newLink, "Idempotency-Key", "k2"))
	c.wants(201, "", c.do("POST", "/links", newLink))
	grace := fake.Creator("grace")
	c.wants(201, "", c.as(grace.Token()).do("POST", "/links", newLink, "Idempotency-Key", "k1"))
	diff(t, "links", []int{3, 1}, []int{len(ada.Links()), len(grace.Links())})

	// The key of one request is not another's.
	c.wants(422, "idempotency_key_reused", c.do("POST", "/links", `{"title":"x","url":"https://x.example"}`, "Idempotency-Key", "k1"))
	c.wants(422, "idempotency_key_reused", c.do("PATCH", "/links/lnk_1", newLink, "Idempotency-Key", "k1"))
	c.wants(400, "invalid_request", c.do("POST", "/links", newLink, "Idempotency-Key", strings.Repeat("k", 256)))
	c.wants(201, "", c.do("POST", "/links", newLink, "Idempotency-Key", strings.Repeat("k", 255)))

	// The answer to an update is that of then.
	c.do("PATCH", "/links/lnk_1", `{"title":"Then"}`, "Idempotency-Key", "k3")
	c.do("PATCH", "/links/lnk_1", `{"title":"Now"}`)
	rep := c.do("PATCH", "/links/lnk_1", `{"title":"Then"}`, "Idempotency-Key", "k3")
	diff(t, "answer", "Then", read[schema.Link](t, rep).Title)
	diff(t, "link", "Now", ada.Links()[0].Title)
}

// TestIdempotencyKeyAfterLoss is what the keys are for.
func TestIdempotencyKeyAfterLoss(t *testing.T) {
	fake, ada, c := open(t, nil)
	fake.Fault(linktreetest.Fault{Ending: linktreetest.Reset, Times: 1})
	// net/http itself would send again what has this key.
	once := c.request("POST", "/links", newLink, "Idempotency-Key", "k")
	once.GetBody = nil
	if _, err := c.try(once); err == nil {
		t.Fatal("the answer has come")
	}
	c.wants(201, "", c.do("POST", "/links", newLink, "Idempotency-Key", "k"))
	diff(t, "links", 1, len(ada.Links()))
}

// TestIdempotencyKeyOfRefusals: what was not done can be done with its key.
func TestIdempotencyKeyOfRefusals(t *testing.T) {
	fake, ada, c := open(t, &linktreetest.Options{RequestsPerMinute: 2})
	fake.Fault(linktreetest.Fault{Status: 503, Times: 1})
	c.wants(503, "", c.do("POST", "/links", newLink, "Idempotency-Key", "k"))
	c.wants(401, "", c.as("").do("POST", "/links", newLink, "Idempotency-Key", "k"))
	c.wants(403, "", c.as(ada.Token(linktreetest.ScopeLinksRead)).do("POST", "/links", newLink, "Idempotency-Key", "k"))
	c.wants(200, "", c.do("GET", "/me", ""))
	c.wants(429, "", c.do("POST", "/links", newLink, "Idempotency-Key", "k"))
	c.wants(201, "", c.as(ada.Token()).do("POST", "/links", newLink, "Idempotency-Key", "k"))
}

func TestIdempotencyKeysOff(t *testing.T) {
	_, ada, c := open(t, &linktreetest.Options{IgnoreIdempotencyKeys: true})
	for range 2 {
		c.wants(201, "", c.do("POST", "/links", newLink, "Idempotency-Key", "k"))
	}
	diff(t, "links", 2, len(ada.Links()))
}

func TestIdempotencyKeyForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ada, c := openBubble(t, nil)
		post := func(key string) { c.wants(201, "", c.do("POST", "/links", newLink, "Idempotency-Key", key)) }
		post("k")
		time.Sleep(24*time.Hour - 1)
		post("k")
		diff(t, "links within a day", 1, len(ada.Links()))
		time.Sleep(time.Nanosecond)
		post("k")
		diff(t, "links after a day", 2, len(ada.Links()))
		post("k")
		diff(t, "links", 2, len(ada.Links()))
	})
}

func TestIdempotencyKeysAreBounded(t *testing.T) {
	fake := linktreetest.New(&linktreetest.Options{RequestsPerMinute: 100_000})
	defer fake.Close()
	ada := fake.Creator("ada")
	token := ada.Token()
	patch := func(key int) int {
		r := httptest.NewRequest("PATCH", "/links/lnk_1", strings.NewReader(`{}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Idempotency-Key", strconv.Itoa(key))
		w := httptest.NewRecorder()
		fake.ServeHTTP(w, r)
		return w.Code
	}
	for i := range 10_001 {
		patch(i)
	}
	ada.CreateLink("Shop", "https://shop.example")
	diff(t, "the second key", 404, patch(1))
	diff(t, "the first key, forgotten", 200, patch(0))
}

// TestIdempotencyKeyInHand: a copy that comes while the first is still at it
// gets the first one's answer.
func TestIdempotencyKeyInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ada, c := openBubble(t, &linktreetest.Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			time.Sleep(3 * time.Second)
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})})
		start := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				rep, err := c.try(c.request("POST", "/webhooks", `{"url":"https://a.example","events":["link.created"]}`, "Idempotency-Key", "k"))
				if err != nil || rep.Status != 201 || !strings.Contains(rep.Body, `"wh_1"`) || time.Since(start) != 3*time.Second {
					t.Errorf("%+v, %v after %v", rep, err, time.Since(start))
				}
			})
		}
		wg.Wait()
		diff(t, "webhooks", 1, len(ada.Webhooks()))
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
