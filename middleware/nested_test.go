package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/middleware"
)

// nested mounts the handler behind two Once layers of different ids.
func (r *rig) nested(outer, inner idempotency.Store, h http.HandlerFunc) http.Handler {
	return middleware.Chain(
		r.ep.Capture(0, nil), r.ep.Verify(r.scheme), r.ep.Once(outer, nil),
		r.ep.Once(inner, &middleware.OnceOptions{ID: func(d *hooklatch.Delivery) string { return "inner-" + d.ID }}),
	)(h)
}

// TestNestedCompletionFails: where the inner layer can't complete its claim, the
// outer has not succeeded, although a part of the long answer has left.
func TestNestedCompletionFails(t *testing.T) {
	for name, err := range map[string]error{
		"down": errDown, "lost": idempotency.ErrLost, "handler's fault": idempotency.ErrHandlerTx,
	} {
		for _, body := range []string{"", "thanks", long} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					rig := newRig(t, nil, middleware.OnceOptions{})
					outer, inner := &txStore{Store: rig.store}, &txStore{Store: rig.store, commitErr: err}
					h := rig.nested(outer, inner, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
					srv, ev := hooktest.NewServer(t, h), created()
					if a := do(srv.Client(), rig.request(srv.URL, ev)); a.err == nil && (body == long || a.status < 500) {
						t.Errorf("answer %d of %d bytes is complete", a.status, len(a.body))
					}
					synctest.Wait()
					if want := []string{"begin", "rollback", "release"}; !slices.Equal(outer.record, want) {
						t.Errorf("the outer store was told %q, want %q", outer.record, want)
					}
					if out := rig.last(); out.Result != middleware.Failed || !errors.Is(out.Err, err) {
						t.Errorf("the outer layer's outcome is %q with %v, want failed with %v", out.Result, out.Err, err)
					}
				})
			})
		}
	}
}

// TestNestedDeadLetter: a dead letter leaves nothing of the failed handler's writes
// behind, in whichever layer's transaction they are.
func TestNestedDeadLetter(t *testing.T) {
	for _, fails := range []bool{false, true} {
		rig := newRig(t, nil, middleware.OnceOptions{})
		outer := &txStore{Store: rig.store}
		mux := &dispatch.Mux{DeadLetter: func(ctx context.Context, _ *hooklatch.Delivery, _ error) error {
			outer.record = append(outer.record, "hook")
			if hooklatch.ReporterFrom(ctx) != nil || ctx.Value(txKey{}) != nil || ctx.Err() != nil {
				t.Errorf("the hook's context has the Reporter %v, the transaction %v and ended with %v", hooklatch.ReporterFrom(ctx), ctx.Value(txKey{}), ctx.Err())
			}
			if d, ok := hooklatch.FromContext(ctx); !ok || d.Endpoint != "test" {
				t.Errorf("the hook's context has the delivery %v", d)
			}
			if fails {
				return errDown
			}
			return nil
		}}
		mux.Handle("link.created", dispatch.HandlerFunc(func(ctx context.Context, _ *hooklatch.Delivery) error {
			if ctx.Value(txKey{}) == nil {
				t.Error("the handler has no transaction")
			}
			return dispatch.Permanent(errHandler)
		}))
		rig.h = rig.nested(outer, rig.store, mux.ServeHTTP)
		want, results := []string{"begin", "rollback", "hook", "complete"}, []middleware.Result{middleware.DeadLettered, middleware.Completed}
		status := 200
		if fails {
			want[3], results, status = "release", []middleware.Result{middleware.Failed, middleware.Failed}, 500
		}
		if a := rig.post(created()); a.status != status {
			t.Errorf("status %d, want %d", a.status, status)
		}
		if !slices.Equal(outer.record, want) {
			t.Errorf("what happened: %q, want %q", outer.record, want)
		}
		rig.wantResults(results...)
	}
}
