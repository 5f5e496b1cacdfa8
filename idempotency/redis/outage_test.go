package redis_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A storm sends deliveries to a receiver, each until it is acknowledged.
type storm struct {
	t       *testing.T
	sender  *hooktest.Sender
	effects sync.Map // of *atomic.Int64, by delivery id

	mu       sync.Mutex
	attempts []attempt
}

type attempt struct {
	start, end time.Time
	status     int
}

// newStorm mounts a handler that fails now and then behind the layers, on a
// store of the server.
func newStorm(t *testing.T, server *testserver.Server) *storm {
	s := &storm{t: t}
	scheme, err := provider.Linktree("a secret of the test")
	if err != nil {
		t.Fatal(err)
	}
	hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	store := redis.New(newClient(t, server.Addr), "test", nil)
	receiver := httptest.NewServer(hook.Receiver(scheme, store, http.HandlerFunc(s.handle),
		&middleware.ReceiverOptions{Once: &middleware.OnceOptions{Lease: 5 * time.Second}}))
	t.Cleanup(receiver.Close)
	s.sender = &hooktest.Sender{URL: receiver.URL, Signer: scheme, Client: receiver.Client()}
	return s
}

func (s *storm) handle(w http.ResponseWriter, r *http.Request) {
	d, _ := hooklatch.FromContext(r.Context())
	time.Sleep(rand.N(3 * time.Millisecond))
	if rand.N(10) == 0 {
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	n, _ := s.effects.LoadOrStore(d.ID, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// deliver sends one event until it is acknowledged, and then once more: what
// was acknowledged must be known.
func (s *storm) deliver(ctx context.Context) {
	ev := hooktest.NewEvent("link.created", nil)
	for acknowledged := 0; acknowledged < 2; {
		a := s.sender.Post(ctx, ev)
		if ctx.Err() != nil {
			s.t.Errorf("delivery %s was not acknowledged in time", ev.ID)
			return
		}
		s.mu.Lock()
		s.attempts = append(s.attempts, attempt{a.Start, time.Now(), a.Status})
		s.mu.Unlock()
		if a.OK() {
			acknowledged++
		} else {
			time.Sleep(10 * time.Millisecond)
		}
	}
	if n, ok := s.effects.Load(ev.ID); !ok || n.(*atomic.Int64).Load() != 1 {
		s.t.Errorf("delivery %s was acknowledged and did not take effect once", ev.ID)
	}
}

// within returns how many attempts with the given outcome lay between two
// moments altogether.
func (s *storm) within(from, to time.Time, ok bool) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.attempts {
		if a.start.After(from) && a.end.Before(to) && (a.status/100 == 2) == ok {
			n++
		}
	}
	return n
}

// TestOutages stops the server in mid-run, and kills and restarts it: while it
// is not there nothing is acknowledged, and afterwards everything is, having
// taken effect once.
func TestOutages(t *testing.T) {
	server := testserver.Redis(t, &testserver.RedisOptions{AOF: true})
	s := newStorm(t, server)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var over atomic.Bool
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for !over.Load() {
				s.deliver(ctx)
			}
		})
	}
	// after waits for so many attempts since from.
	after := func(from time.Time, ok bool, n int) {
		for s.within(from, time.Now(), ok) < n {
			if ctx.Err() != nil || t.Failed() {
				cancel()
				t.Fatal(errors.Join(ctx.Err(), errors.New("the run has come to a halt")))
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	outage := func(name string, begin, end func(testing.TB)) {
		after(time.Now(), true, 200)
		begin(t)
		from := time.Now()
		after(from, false, 20)
		to := time.Now()
		end(t)
		if n := s.within(from, to, true); n != 0 {
			t.Errorf("%s: %d deliveries were acknowledged without the store, want none", name, n)
		}
	}
	outage("stopped", server.Pause, server.Resume)
	outage("killed", server.Kill, server.Restart)
	outage("stopped again", server.Pause, server.Resume)
	after(time.Now(), true, 200)
	over.Store(true)
	senders.Wait()

	n := 0
	s.effects.Range(func(id, effects any) bool {
		n++
		if got := effects.(*atomic.Int64).Load(); got != 1 {
			t.Errorf("delivery %v took effect %d times, want once", id, got)
		}
		return true
	})
	t.Logf("%d deliveries in %d attempts", n, len(s.attempts))
}
