package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// An apiError is like many: as a nil pointer, it is an error whose methods panic.
type apiError struct{ err error }

func (e *apiError) Error() string        { return e.err.Error() }
func (e *apiError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *apiError) As(target any) bool   { return errors.As(e.err, target) }
func (e *apiError) Unwrap() error        { return e.err }

// errAPI is an error whose methods panic.
var errAPI error = (*apiError)(nil)

// TestErrorWithPanickingMethods: a handler's error whose methods panic is a failure
// like any other. The claim is released, the transaction rolled back, and the answer
// no success.
func TestErrorWithPanickingMethods(t *testing.T) {
	standardLog(t)
	returns := func(err error, dead func(context.Context, *hooklatch.Delivery, error) error) http.Handler {
		mux := &dispatch.Mux{DeadLetter: dead}
		mux.Handle("link.created", dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error { return err }))
		return mux
	}
	rolledBack := []string{"begin", "rollback", "release"}
	for _, tt := range []struct {
		name   string
		h      http.Handler
		result middleware.Result
		record []string
	}{
		{"returned", returns(errAPI, nil), middleware.Failed, rolledBack},
		{"wrapped", returns(fmt.Errorf("no: %w", errAPI), nil), middleware.Failed, rolledBack},
		{"joined", returns(errors.Join(errHandler, errAPI), nil), middleware.Failed, rolledBack},
		{"reported", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Failed, errAPI)
		}), middleware.Failed, rolledBack},
		{"reported as panicked", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.Panicked, errAPI)
		}), middleware.Panicked, rolledBack},
		{"of an unknown type", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			hooklatch.Report(r.Context(), hooklatch.UnknownType, errAPI)
		}), middleware.UnknownType, rolledBack},
		{"of a hook", returns(dispatch.Permanent(errAPI), func(context.Context, *hooklatch.Delivery, error) error {
			return errAPI
		}), middleware.Failed, rolledBack},
		{"dead-lettered", returns(dispatch.Permanent(errAPI), func(context.Context, *hooklatch.Delivery, error) error {
			return nil
		}), middleware.DeadLettered, []string{"begin", "rollback", "complete"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			healed := false
			rig := newRig(t, nil, middleware.OnceOptions{})
			store := &txStore{Store: rig.store}
			rig.h = silent(rig.ep.Receiver(rig.scheme, store, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !healed {
					tt.h.ServeHTTP(w, r)
				}
			}), nil))
			status, retry := 500, received
			if tt.result == middleware.DeadLettered {
				status, retry = 200, duplicate
			}
			ev := created()
			if a := rig.post(ev); a.status != status || a.body == "" {
				t.Errorf("answer %d %q, want %d", a.status, a.body, status)
			}
			rig.wantResults(tt.result)
			if !slices.Equal(store.record, tt.record) {
				t.Errorf("the store was told %q, want %q", store.record, tt.record)
			}
			healed = true
			rig.post(ev).want(t, 200, retry)
		})
	}
}

// TestVerifierErrorWithPanickingMethods: a verifier's error whose methods panic has
// decided nothing.
func TestVerifierErrorWithPanickingMethods(t *testing.T) {
	standardLog(t)
	rig := newRig(t, nil, middleware.OnceOptions{})
	for name, err := range map[string]error{"alone": errAPI, "wrapped": fmt.Errorf("no: %w", errAPI)} {
		h := silent(rig.ep.Receiver(verifierFunc(func() (verify.Envelope, error) { return verify.Envelope{}, err }), rig.store, http.NotFoundHandler(), nil))
		if a := serveDirectly(h, rig.request("/", created())); a.status != 503 {
			t.Errorf("%s: status %d %q, want 503", name, a.status, a.body)
		}
		if got := rig.last().Result; got != middleware.Undecided {
			t.Errorf("%s: outcome %q", name, got)
		}
	}
}

// TestStoreErrorWithPanickingMethods: a store's error whose methods panic is an
// outage like any other, in the background too.
func TestStoreErrorWithPanickingMethods(t *testing.T) {
	for _, tt := range []struct {
		method  hooktest.Method
		status  int
		results []middleware.Result
	}{
		{hooktest.Claim, 503, []middleware.Result{middleware.Unavailable}},
		{hooktest.Bind, 503, []middleware.Result{middleware.Unavailable}},
		{hooktest.Extend, 200, []middleware.Result{middleware.Completed}},
		{hooktest.Complete, 503, []middleware.Result{middleware.Unavailable, middleware.CompletedLate}},
		{hooktest.Release, 500, []middleware.Result{middleware.Failed}},
	} {
		synctest.Test(t, func(t *testing.T) {
			standardLog(t)
			rig := newRig(t, func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(7 * time.Second)
				if tt.method == hooktest.Release {
					w.WriteHeader(500)
				}
			}, middleware.OnceOptions{})
			rig.h = silent(rig.h)
			rig.faults.Set(hooktest.Fault{Err: errAPI, Times: 2}, tt.method)
			ev := created()
			ev.Time = time.Now()
			if a := rig.post(ev); a.status != tt.status || a.body == "" && tt.status != 500 {
				t.Errorf("%v: answer %d %q, want %d", tt.method, a.status, a.body, tt.status)
			}
			time.Sleep(time.Second)
			rig.wantResults(tt.results...)
		})
	}
}
