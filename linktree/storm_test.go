package linktree_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// TestStorm: 64 senders deliver 2,000 ids five times each, in random order,
// over real sockets, to a handler that fails at random in every way it can.
// What was not acknowledged is sent again, as a provider would. Each id must
// take effect once, and not be acknowledged before.
func TestStorm(t *testing.T) {
	const senders, ids, copies = 64, 2000, 5
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	var effects, acks [ids]atomic.Int64
	var failures atomic.Int64
	quiet := slog.New(slog.DiscardHandler)
	mux := &dispatch.Mux{Logger: quiet}
	number := func(id string) (n int) {
		if _, err := fmt.Sscanf(id, "evt-%d", &n); err != nil {
			t.Error(err)
		}
		return n
	}
	mux.Handle("typed", dispatch.HandlerFunc(func(_ context.Context, d *hooklatch.Delivery) error {
		switch rand.N(10) {
		case 0:
			failures.Add(1)
			return errors.New("no luck")
		case 1:
			failures.Add(1)
			panic("no luck")
		}
		effects[number(d.ID)].Add(1)
		return nil
	}))
	mux.HandleHTTP("plain", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, _ := hooklatch.FromContext(r.Context())
		switch rand.N(10) {
		case 0:
			failures.Add(1)
			http.Error(w, "no luck", http.StatusBadGateway)
			return
		case 1:
			failures.Add(1)
			w.WriteHeader(http.StatusOK)
			panic(http.ErrAbortHandler)
		}
		effects[number(d.ID)].Add(1)
		w.WriteHeader(http.StatusAccepted)
	}))
	hook := middleware.NewEndpoint("storm", &middleware.EndpointOptions{Logger: quiet})
	srv := httptest.NewUnstartedServer(linktree.Receiver(hook, scheme, lru.New(nil), mux, nil))
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	srv.Start()
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: time.Minute}
	defer client.CloseIdleConnections()

	send := func(n int) {
		body := fmt.Sprintf(`{"type":%q,"data":{"n":%d}}`, [...]string{"typed", "plain"}[n%2], n)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		env := verify.Envelope{ID: fmt.Sprintf("evt-%d", n), Time: time.Now()}
		if err := scheme.Sign(req.Header, env, []byte(body)); err != nil {
			t.Error(err)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			return // the handler aborted: not acknowledged
		}
		resp.Body.Close()
		if resp.StatusCode >= 200 && resp.StatusCode < 300 {
			acks[n].Add(1)
			if effects[n].Load() != 1 {
				t.Errorf("id %d was acknowledged with %d effects", n, effects[n].Load())
			}
		}
	}
	round := make([]int, 0, ids*copies)
	for i := range ids * copies {
		round = append(round, i%ids)
	}
	for rounds := 0; len(round) > 0; rounds++ {
		if rounds > 50 {
			t.Fatalf("%d ids were never acknowledged", len(round))
		}
		rand.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		var next atomic.Int64
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(round)); i = next.Add(1) - 1 {
					send(round[i])
				}
			})
		}
		wg.Wait()
		round = round[:0]
		for n := range ids {
			if acks[n].Load() == 0 {
				round = append(round, n)
			}
		}
	}
	for n := range ids {
		if got := effects[n].Load(); got != 1 {
			t.Errorf("id %d took effect %d times, want once", n, got)
		}
	}
	if failures.Load() == 0 {
		t.Error("no handler failed: the storm proves little")
	}
}
