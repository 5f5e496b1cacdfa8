package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/transport"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A subscriber is a program that receives webhooks and has a client, with the
// provider that it talks to.
type subscriber struct {
	t      *testing.T
	fake   *linktreetest.Provider
	ada    *linktreetest.Creator
	client *api.Client
	wire   *wire
	url    string // of its webhook

	mu    sync.Mutex
	down  bool           // the handlers fail
	took  map[string]int // effects, by delivery id
	types map[string]int // effects, by event type
	tries int            // calls of a handler
}

// subscribe starts both in the bubble, with the options that a program has.
func subscribe(t *testing.T) *subscriber {
	t.Helper()
	scheme, err := provider.Linktree("whsec_of_this_test")
	if err != nil {
		t.Fatal(err)
	}
	s := &subscriber{t: t, took: map[string]int{}, types: map[string]int{}}
	mux := &dispatch.Mux{Logger: quiet}
	for _, typ := range linktree.EventTypes() {
		mux.Handle(typ, dispatch.HandlerFunc(s.handle))
	}
	hook := middleware.NewEndpoint("linktree", &middleware.EndpointOptions{Logger: quiet})
	routes := http.NewServeMux()
	routes.Handle("/webhooks/linktree", linktree.Receiver(hook, scheme, memory.New(nil), mux, nil))
	receiver := hooktest.NewServer(t, routes)
	s.url = receiver.URL + "/webhooks/linktree"

	s.wire = &wire{next: receiver.Client().Transport}
	s.fake = linktreetest.New(&linktreetest.Options{Secret: "whsec_of_this_test", Transport: s.wire})
	provider := hooktest.NewServer(t, s.fake)
	t.Cleanup(s.fake.Close)
	s.ada = s.fake.Creator("ada")
	s.client, err = api.New(transport.StaticToken(s.ada.Token()), &api.Options{
		BaseURL:             provider.URL,
		Transport:           provider.Client().Transport,
		WebhookURL:          s.url,
		Logger:              quiet,
		InsecureDevelopment: true, // connections in memory have no TLS
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func (s *subscriber) handle(_ context.Context, d *hooklatch.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	if s.down {
		return errors.New("the database is away")
	}
	s.took[d.ID]++
	s.types[d.Type]++
	return nil
}

func (s *subscriber) fail(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// effects returns what has taken effect since it was last asked, by type.
func (s *subscriber) effects() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, n := range s.took {
		if n != 1 {
			s.t.Errorf("delivery %s took effect %d times", id, n)
		}
	}
	defer func() { s.types = map[string]int{} }()
	return s.types
}

// changes is one event of each type.
func (s *subscriber) changes() {
	link := s.ada.CreateLink("Shop", "https://shop.example")
	s.ada.UpdateLink(link.ID, schema.LinkInput{Title: ptr("Store")})
	s.ada.DeleteLink(link.ID)
	s.ada.SetProfile(schema.Profile{Username: "ada", Bio: "I count"})
	s.ada.Emit(linktree.AnalyticsMilestone, linktree.AnalyticsMilestoneData{LinkID: link.ID, Metric: schema.MetricClicks, Value: 1000, Threshold: 1000})
}

func (s *subscriber) wantOneOfEach(when string) {
	s.t.Helper()
	synctest.Wait()
	want := map[string]int{}
	for _, typ := range linktree.EventTypes() {
		want[typ] = 1
	}
	if d := cmp.Diff(want, s.effects()); d != "" {
		s.t.Errorf("effects %s (-want +got):\n%s", when, d)
	}
}

func (s *subscriber) ensure(want api.Action) {
	s.t.Helper()
	got, err := s.client.EnsureWebhook(s.t.Context(), "", linktree.EventTypes())
	if err != nil || got.Action != want || !got.Active {
		s.t.Errorf("EnsureWebhook: %+v, %v, want it %s and active", got, err, want)
	}
}

// A wire carries deliveries, and can send the last one again.
type wire struct {
	next http.RoundTripper

	mu   sync.Mutex
	last *http.Request
	body []byte
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		w.last, w.body = r.Clone(context.Background()), body
		w.mu.Unlock()
	}
	return w.next.RoundTrip(r)
}

// again sends the last delivery once more, with its headers and maybe another
// body, and returns the answer.
func (w *wire) again(t *testing.T, change func(body []byte)) string {
	t.Helper()
	w.mu.Lock()
	r, body := w.last.Clone(t.Context()), bytes.Clone(w.body)
	w.mu.Unlock()
	change(body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := w.next.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.Status + " " + string(answer)
}

// TestEndToEnd: a subscription's life, from its registration through three days
// of failures to its return.
func TestEndToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := subscribe(t)
		s.changes()
		synctest.Wait()
		if got := s.effects(); len(got) != 0 {
			t.Errorf("without a subscription: %v", got)
		}

		s.wantCheck(check.Fail, "no subscription of the webhook URL")
		s.ensure(api.Created)
		s.ensure(api.Unchanged)
		s.changes()
		s.wantOneOfEach("when subscribed")
		if got := s.wire.again(t, func([]byte) {}); got != `200 OK {"duplicate":true}` {
			t.Errorf("the last delivery again: %s", got)
		}
		if got := s.wire.again(t, func(b []byte) { b[len(b)-2] ^= 1 }); got != "403 Forbidden Invalid signature" {
			t.Errorf("the last delivery, tampered with: %s", got)
		}

		s.fail(true)
		s.changes()
		time.Sleep(time.Minute) // three of the six attempts
		s.fail(false)
		time.Sleep(time.Hour)
		s.wantOneOfEach("after an outage of a minute")

		s.wantCheck(check.Pass, "active")
		s.outage()
		s.wantCheck(check.Fail, "switched the subscription off since "+s.ada.Webhooks()[0].DisabledAt.Format(time.RFC3339))
		s.ensure(api.Enabled)
		s.wantCheck(check.Pass, "active")
		s.ensure(api.Unchanged)
		s.changes()
		s.wantOneOfEach("when switched on again")
		time.Sleep(time.Hour)
		if got := s.effects(); len(got) != 0 {
			t.Errorf("long after: %v", got)
		}
	})
}

// outage has the handlers fail until the provider has switched the subscription
// off. It looks after its health as a program does that looks now and then.
func (s *subscriber) outage() {
	s.t.Helper()
	before, began := s.attempts(), time.Now()
	s.fail(true)
	for time.Since(began) < linktree.DisabledAfter {
		s.wantActive(true)
		s.ada.CreateLink("Missed", "https://missed.example")
		time.Sleep(time.Hour)
	}
	s.wantActive(true) // nothing has failed at 72 hours yet
	s.ada.CreateLink("The last straw", "https://missed.example")
	time.Sleep(time.Hour)
	s.wantActive(false)
	s.ada.CreateLink("Unheard of", "https://missed.example")
	time.Sleep(time.Hour)
	if got := s.effects(); len(got) != 0 {
		s.t.Errorf("effects while the handlers fail: %v", got)
	}

	// 72 events with all of their attempts. The one after them fails at 72
	// hours, and that puts an end to it.
	per := 1 + len(linktree.RetrySchedule())
	if got, want := s.attempts()-before, 72*per+1; got != want {
		s.t.Errorf("%d attempts in the outage, want %d", got, want)
	}
	s.fail(false)
	time.Sleep(time.Hour)
	if got := s.effects(); len(got) != 0 {
		s.t.Errorf("effects while switched off: %v", got)
	}
	missed := 0
	for link, err := range s.client.Links(api.Fresh(s.t.Context())) {
		if err != nil {
			s.t.Fatal(err)
		}
		if link.URL == "https://missed.example" {
			missed++
		}
	}
	if missed != 74 {
		s.t.Errorf("the client finds %d of the 74 links that no webhook has told of", missed)
	}
}

// wantCheck checks all, and wants the subscription to be so.
func (s *subscriber) wantCheck(status check.Status, detail string) {
	s.t.Helper()
	want := map[string]check.Status{
		check.Health: check.Pass, check.Auth: check.Pass, check.Headroom: check.Pass, check.Links: check.Pass,
		check.Webhook: check.Fail, check.Subscription: status, check.Clock: check.Pass, // no TLS in memory
	}
	got := map[string]check.Status{}
	for _, item := range check.Run(s.t.Context(), s.client, nil).Items {
		got[item.Name] = item.Status
		if item.Name == check.Subscription && !strings.Contains(item.Detail, detail) {
			s.t.Errorf("Check says %q of the subscription, want %q in it", item.Detail, detail)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		s.t.Errorf("Check (-want +got):\n%s", d)
	}
}

func (s *subscriber) attempts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

// wantActive asks the provider, through the client, for the subscription.
func (s *subscriber) wantActive(want bool) {
	s.t.Helper()
	n := 0
	for w, err := range s.client.Webhooks(s.t.Context()) {
		if err != nil {
			s.t.Fatal(err)
		}
		if n++; w.Active != want || w.DisabledAt.IsZero() != want {
			s.t.Errorf("subscription %+v, want active %v", w, want)
		}
	}
	if n != 1 {
		s.t.Errorf("%d subscriptions, want 1", n)
	}
}
