package transport_test

import (
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// TestRetryDoublesNoWrite: 2,000 writes, each of which the server carries out
// and then fails to answer, as often as not. None takes effect twice: without
// keys because it is not sent again, with keys because the server honours them.
func TestRetryDoublesNoWrite(t *testing.T) {
	for name, keys := range map[string]bool{"a server that ignores keys": false, "a server that honours keys": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				random := rand.New(rand.NewPCG(3, 5))
				effects, done := map[string]int{}, map[string]bool{}
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					id, _ := io.ReadAll(r.Body)
					mu.Lock()
					if key := r.Header.Get("Idempotency-Key"); !keys || key == "" || !done[key] {
						effects[string(id)]++
						done[key] = true
					}
					how := random.IntN(8)
					mu.Unlock()
					switch how {
					case 0:
						hangUp(w)
					case 1:
						w.Header().Set("Content-Length", "9") // and so cut
					case 2:
						w.WriteHeader(502)
					case 3:
						time.Sleep(11 * time.Second)
					}
				})
				rt := transport.Chain(
					transport.Retry(&transport.RetryOptions{IdempotencyKeys: keys}), transport.AttemptTimeout(nil),
				)(up)
				failed := 0
				for i := range 2_000 {
					id := string(rune('a'+i%26)) + time.Duration(i).String()
					r, _ := http.NewRequestWithContext(t.Context(), "POST", up.URL, strings.NewReader(id))
					resp, err := rt.RoundTrip(r)
					if err != nil || resp.StatusCode != 200 {
						failed++
					}
					if err == nil {
						_ = resp.Body.Close()
					}
					mu.Lock()
					if effects[id] != 1 {
						t.Errorf("write %s took effect %d times: %v", id, effects[id], err)
					}
					mu.Unlock()
				}
				t.Logf("%d writes were not answered", failed)
				if !keys && failed < 800 {
					t.Errorf("%d writes were not answered, want nearly half: the test tests nothing", failed)
				}
				if keys && failed > 200 {
					t.Errorf("%d writes were not answered, want that nearly all were in the end", failed)
				}
			})
		})
	}
}

// TestUnreadRetryAfter: a Retry-After that can't be read is told, and what it
// shows of it can stand in a log.
func TestUnreadRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		base := &answering{status: 429, header: http.Header{"Retry-After": {"in a \x1bwhile" + strings.Repeat("!", 100)}}}
		for _, rt := range []http.RoundTripper{
			transport.Retry(&transport.RetryOptions{Logger: logger, Attempts: 2})(base),
			transport.NewLimiter(90, &transport.LimiterOptions{Logger: logger}).Layer(base),
		} {
			log.Reset()
			_, _ = get(t.Context(), rt, "http://provider.test/")
			text := log.String()
			if strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "in a ") || strings.Contains(text, "\x1b") || len(text) > 300 {
				t.Errorf("log: %q", text)
			}
		}
		log.Reset()
		base.header = http.Header{"Retry-After": {"1"}}
		_, _ = get(t.Context(), transport.Retry(&transport.RetryOptions{Logger: logger, Attempts: 2})(base), "http://provider.test/")
		if log.Len() > 0 {
			t.Error("log:", log.String())
		}
	})
}
