package linktreetest_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/linktree/linktreetest"
)

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ada, c := openBubble(t, nil)
		start := time.Now()
		for i := range 100 {
			if i == 40 {
				time.Sleep(20*time.Second + 300*time.Millisecond)
			}
			rep := c.do("GET", "/me", "")
			c.wants(200, "", rep)
			diff(t, "limit", "100", rep.Header.Get("X-RateLimit-Limit"))
			diff(t, "remaining", strconv.Itoa(99-i), rep.Header.Get("X-RateLimit-Remaining"))
			diff(t, "reset", strconv.FormatInt(start.Add(time.Minute).Unix(), 10), rep.Header.Get("X-RateLimit-Reset"))
			if rep.Header.Get("Retry-After") != "" {
				t.Errorf("a Retry-After in a success")
			}
		}
		rep := c.do("GET", "/me", "")
		c.wants(429, "rate_limited", rep)
		diff(t, "remaining", "0", rep.Header.Get("X-RateLimit-Remaining"))
		diff(t, "Retry-After, rounded up", "40", rep.Header.Get("Retry-After")) // 39.7 s

		// Another token has a limit of its own; none has none.
		c.wants(200, "", c.as(ada.Token()).do("GET", "/me", ""))
		for range 101 {
			c.wants(200, "", c.as("").do("GET", "/health", ""))
		}
		c.wants(429, "", c.do("GET", "/health", ""))

		// The window slides: the first 40 come back, and no more.
		time.Sleep(time.Until(start.Add(time.Minute - time.Nanosecond)))
		c.wants(429, "", c.do("GET", "/me", ""))
		time.Sleep(time.Nanosecond)
		for range 40 {
			c.wants(200, "", c.do("GET", "/me", ""))
		}
		rep = c.do("GET", "/me", "")
		c.wants(429, "", rep)
		diff(t, "Retry-After", "21", rep.Header.Get("Retry-After")) // 20.3 s
	})
}

// TestLimitCountsAllThatIsAsked: refusals of another kind are paid for too,
// those for the limit are not.
func TestLimitCountsAllThatIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c := openBubble(t, &linktreetest.Options{RequestsPerMinute: 4})
		c = c.as(ada.Token(linktreetest.ScopeLinksRead))
		c.wants(403, "", c.do("POST", "/links", "{}"))
		c.wants(404, "", c.do("GET", "/nowhere", ""))
		fake.Fault(linktreetest.Fault{Status: 500, Times: 1})
		c.wants(500, "", c.do("GET", "/me", ""))
		time.Sleep(30 * time.Second)
		c.wants(200, "", c.do("GET", "/me", ""))
		for range 5 {
			c.wants(429, "", c.do("GET", "/me", ""))
		}
		time.Sleep(30 * time.Second)
		for range 3 {
			c.wants(200, "", c.do("GET", "/me", ""))
		}
		c.wants(429, "", c.do("GET", "/me", ""))
	})
}

func TestLimitUnderLoad(t *testing.T) {
	_, _, c := open(t, nil)
	var mu sync.Mutex
	counts := map[int]int{}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 20 {
				rep, err := c.try(c.request("GET", "/me", ""))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				counts[rep.Status]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	diff(t, "answers by status", map[int]int{200: 100, 429: 100}, counts)
}

func TestRetryAfterDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _, c := openBubble(t, &linktreetest.Options{RequestsPerMinute: 1})
		fake.Fault(linktreetest.Fault{RetryAfterDate: true})
		time.Sleep(300 * time.Millisecond)
		free := time.Now().Add(time.Minute)
		c.wants(200, "", c.do("GET", "/me", ""))
		rep := c.do("GET", "/me", "")
		c.wants(429, "", rep)
		at, err := http.ParseTime(rep.Header.Get("Retry-After"))
		if err != nil || at.Before(free) || at.Sub(free) >= time.Second {
			t.Errorf("Retry-After %q, want %v rounded up", rep.Header.Get("Retry-After"), free)
		}
		time.Sleep(time.Until(at))
		c.wants(200, "", c.do("GET", "/me", ""))
	})
}
