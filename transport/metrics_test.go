package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// observations are what an Observer was told.
type observations []transport.Observation

func (o *observations) Observe(_ context.Context, seen transport.Observation) {
	*o = append(*o, seen)
}

func TestOutcomes(t *testing.T) {
	type end struct {
		status int
		err    error
	}
	canceled := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("the user has closed the window"))
		return ctx
	}
	expired := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
		cancel()
		return ctx
	}
	tests := []struct {
		end  end
		ctx  func(context.Context) context.Context
		want transport.Outcome
	}{
		{end: end{status: 200}, want: transport.OutcomeOK},
		{end: end{status: 304}, want: transport.OutcomeOK},
		{end: end{status: 400}, want: transport.OutcomeClientError},
		{end: end{status: 401}, want: transport.OutcomeAuth},
		{end: end{status: 403}, want: transport.OutcomeAuth},
		{end: end{status: 404}, want: transport.OutcomeClientError},
		{end: end{status: 429}, want: transport.OutcomeRateLimited},
		{end: end{status: 500}, want: transport.OutcomeServerError},
		{end: end{status: 599}, want: transport.OutcomeServerError},
		{end: end{status: 200}, ctx: canceled, want: transport.OutcomeOK},
		{end: end{err: transport.ErrTimeout}, want: transport.OutcomeTimeout},
		{end: end{err: transport.ErrTooLarge}, want: transport.OutcomeTooLarge},
		{end: end{err: transport.ErrCircuitOpen}, want: transport.OutcomeCircuitOpen},
		{end: end{err: transport.ErrLocalLimit}, want: transport.OutcomeLocalLimit},
		{end: end{err: transport.ErrLocalLimit}, ctx: expired, want: transport.OutcomeLocalLimit},
		{end: end{err: transport.ErrNoToken}, want: transport.OutcomeAuth},
		{end: end{err: errNetwork}, want: transport.OutcomeNetworkError},
		{end: end{err: os.ErrDeadlineExceeded}, want: transport.OutcomeTimeout}, // as of a connection
		{end: end{err: context.Canceled}, ctx: canceled, want: transport.OutcomeCanceled},
		{end: end{err: errNetwork}, ctx: canceled, want: transport.OutcomeCanceled},
		{end: end{err: context.DeadlineExceeded}, ctx: expired, want: transport.OutcomeTimeout},
		{end: end{err: errNetwork}, ctx: expired, want: transport.OutcomeTimeout},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d %v %v", tt.end.status, tt.end.err, tt.ctx != nil), func(t *testing.T) {
			ctx := t.Context()
			if tt.ctx != nil {
				ctx = tt.ctx(ctx)
			}
			var seen observations
			base := &answering{status: tt.end.status}
			if tt.end.err != nil {
				base.err = fmt.Errorf("wrapped: %w", tt.end.err)
			}
			_, _ = get(ctx, transport.Metrics(seen.Observe)(base), "http://provider.test/")
			if len(seen) != 1 {
				t.Fatalf("%d observations, want 1", len(seen))
			}
			if o := seen[0]; o.Outcome != tt.want || o.Status != tt.end.status || !errors.Is(o.Err, tt.end.err) {
				t.Errorf("observed %+v, want the outcome %q", o, tt.want)
			}
		})
	}
}

// TestMetricsTwice: around Retry the layer sees what the caller does, and
// within it the attempts.
func TestMetricsTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(100 * time.Millisecond)
			if n++; n < 3 {
				w.Header().Set("Retry-After", "2")
				w.WriteHeader(503)
			}
		})
		var calls, attempts observations
		rt := transport.Chain(
			transport.Metrics(calls.Observe), transport.Retry(nil), transport.Metrics(attempts.Observe),
		)(u)
		ctx := transport.WithCall(t.Context(), transport.Call{Operation: "profile.read"})
		if status, err := get(ctx, rt, u.URL); status != 200 || err != nil {
			t.Fatalf("got %d, %v", status, err)
		}
		busy := transport.Observation{
			Operation: "profile.read", Outcome: transport.OutcomeServerError, Status: 503, Duration: 100 * time.Millisecond,
		}
		ok := transport.Observation{
			Operation: "profile.read", Outcome: transport.OutcomeOK, Status: 200, Duration: 100 * time.Millisecond,
		}
		if diff := cmp.Diff(observations{busy, busy, ok}, attempts); diff != "" {
			t.Errorf("attempts:\n%s", diff)
		}
		ok.Duration = 2*2*time.Second + 3*100*time.Millisecond
		if diff := cmp.Diff(observations{ok}, calls); diff != "" {
			t.Errorf("calls:\n%s", diff)
		}
		u.wantNothingOpen()
	})
}

func TestMetricsNamesTheOperation(t *testing.T) {
	var seen observations
	rt := transport.Metrics(seen.Observe)(&answering{status: 200})
	for _, method := range []string{"", "GET", "POST"} {
		for _, operation := range []string{"", "links.list"} {
			ctx := transport.WithCall(t.Context(), transport.Call{Operation: operation})
			req := (&http.Request{Method: method, URL: mustURL(t, "http://provider.test/")}).WithContext(ctx)
			if _, err := rt.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
		}
	}
	var names []string
	for _, o := range seen {
		names = append(names, o.Operation)
	}
	want := []string{"GET", "links.list", "GET", "links.list", "POST", "links.list"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	defer func() {
		if got := recover(); got != "transport: Metrics: nil observer" {
			t.Errorf("nil observer: panic %v", got)
		}
	}()
	transport.Metrics(nil)
}
