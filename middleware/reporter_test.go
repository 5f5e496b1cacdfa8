package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/middleware"
)

// TestReporterEnds: work that goes on in the background after the answer has no
// Reporter. A router there sees to its dead letters and unknown types itself.
func TestReporterEnds(t *testing.T) {
	var (
		ctx      context.Context
		delivery *hooklatch.Delivery
	)
	rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
		if hooklatch.ReporterFrom(r.Context()) == nil {
			t.Error("the handler has no Reporter")
		}
		ctx = context.WithoutCancel(r.Context())
		delivery, _ = hooklatch.FromContext(ctx)
	}, middleware.OnceOptions{})
	rig.post(created()).want(t, 200, received)

	if hooklatch.ReporterFrom(ctx) != nil || hooklatch.Report(ctx, hooklatch.Failed, errHandler) {
		t.Error("a report was taken after the outcome was settled")
	}
	var log bytes.Buffer
	taken := 0
	worker := &dispatch.Mux{
		Logger:     slog.New(slog.NewTextHandler(&log, nil)),
		DeadLetter: func(context.Context, *hooklatch.Delivery, error) error { taken++; return nil },
	}
	if err := worker.HandleDelivery(ctx, delivery); err != nil || !strings.Contains(log.String(), "link.created") {
		t.Errorf("an unknown type: error %v; the worker's log does not tell:\n%s", err, log.String())
	}
	worker.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
		return dispatch.Permanent(errHandler)
	}))
	if err := worker.HandleDelivery(ctx, delivery); err != nil || taken != 1 {
		t.Errorf("a permanent failure: error %v, the hook took %d dead letters; want it to take one", err, taken)
	}
	rig.wantResults(middleware.Completed)
}

// TestHookHasNoReporter: what a dead-letter hook reports would decide nothing, so
// that a router that it calls must do its own work.
func TestHookHasNoReporter(t *testing.T) {
	for _, tt := range []struct {
		name   string
		second error // of the second router's hook
		status int
		result middleware.Result
	}{
		{"taken", nil, 200, middleware.DeadLettered},
		{"fails", errDown, 500, middleware.Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fails := dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
				return dispatch.Permanent(errHandler)
			})
			taken := 0
			second := &dispatch.Mux{DeadLetter: func(context.Context, *hooklatch.Delivery, error) error { taken++; return tt.second }}
			second.Handle("link.created", fails)
			first := &dispatch.Mux{DeadLetter: func(ctx context.Context, d *hooklatch.Delivery, _ error) error {
				if hooklatch.ReporterFrom(ctx) != nil || hooklatch.Report(ctx, hooklatch.Failed, errHandler) {
					t.Error("the hook's context has a Reporter")
				}
				return second.HandleDelivery(ctx, d)
			}}
			first.Handle("link.created", fails)
			rig := newRig(t, first.ServeHTTP, middleware.OnceOptions{})
			if a := rig.post(created()); a.status != tt.status {
				t.Errorf("status %d, want %d", a.status, tt.status)
			}
			rig.wantResults(tt.result)
			if taken != 1 {
				t.Errorf("the second hook was called %d times, want once", taken)
			}
		})
	}
}

// TestDeadLetterWithoutHook: nothing takes such a delivery, so it has failed.
func TestDeadLetterWithoutHook(t *testing.T) {
	for _, err := range []error{errHandler, nil} {
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.ReporterFrom(r.Context()).DeadLetter(err, nil)
		}, middleware.OnceOptions{})
		ev := created()
		for range 2 { // released, so that the retry runs again
			rig.post(ev).want(t, 500, "Internal server error")
		}
		rig.wantResults(middleware.Failed, middleware.Failed)
		if got := rig.last().Err; got == nil || !errors.Is(got, err) && err != nil {
			t.Errorf("the outcome's error is %v, want %v", got, err)
		}
	}
}
