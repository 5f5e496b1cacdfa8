package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// TestHandleDeliveryLeavesTheDelivery: a handler may give its delivery to another
// Mux in the background, while the layers still read it. The race detector
// watches.
func TestHandleDeliveryLeavesTheDelivery(t *testing.T) {
	var m dispatch.Mux
	check := func(ctx context.Context, d *hooklatch.Delivery) error {
		if inner, _ := hooklatch.FromContext(ctx); d.Type != "link.created" || d.TypeMember != "type" || inner != d {
			return fmt.Errorf("the handler sees %v, and in its context %v", d, inner)
		}
		return nil
	}
	m.Handle("link.created", dispatch.HandlerFunc(check), dispatch.JSON(func(ctx context.Context, e dispatch.Event[link]) error {
		return check(ctx, e.Delivery)
	}))
	d := delivery(created)
	ctx := hooklatch.NewContext(hooklatch.WithReporter(t.Context(), new(reporter)), d)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if err := m.HandleDelivery(ctx, d); err != nil {
				t.Error(err)
			}
		})
	}
	if s := d.String(); s != "linktree d1" {
		t.Errorf("the delivery is %s", s)
	}
	group.Wait()
	if d.Type != "" || d.TypeMember != "" {
		t.Errorf("HandleDelivery has set the type %q of member %q", d.Type, d.TypeMember)
	}
}

// TestAbortWithoutHTTP: the consumer of a queue gets an error, not a panic that only
// an HTTP server knows.
func TestAbortWithoutHTTP(t *testing.T) {
	abort := func(context.Context, *hooklatch.Delivery) error { panic(http.ErrAbortHandler) }
	for name, register := range map[string]func(*dispatch.Mux){
		"Handle":   func(m *dispatch.Mux) { m.Handle("link.created", dispatch.HandlerFunc(abort)) },
		"Fallback": func(m *dispatch.Mux) { m.Fallback = dispatch.HandlerFunc(abort) },
		"HandleHTTP": func(m *dispatch.Mux) {
			m.HandleHTTP("link.*", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		},
		"Decode": func(m *dispatch.Mux) {
			m.Decode = func([]byte, any) error { panic(http.ErrAbortHandler) }
			m.Handle("link.created", dispatch.JSON(onLink))
		},
		"DeadLetter": func(m *dispatch.Mux) {
			m.Handle("link.created", handlerOf(dispatch.Permanent(errPlain)))
			m.DeadLetter = func(ctx context.Context, d *hooklatch.Delivery, _ error) error { return abort(ctx, d) }
		},
	} {
		var m dispatch.Mux
		register(&m)
		if err := m.HandleDelivery(t.Context(), delivery(created)); !errors.Is(err, http.ErrAbortHandler) || dispatch.IsPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestContextPrintsNoBody: a handler that logs its context logs nothing of the event.
func TestContextPrintsNoBody(t *testing.T) {
	var m dispatch.Mux
	m.Handle("link.created", dispatch.HandlerFunc(func(ctx context.Context, _ *hooklatch.Delivery) error {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			text := fmt.Sprintf(verb, ctx)
			if !strings.HasSuffix(text, ".dispatch") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
		return nil
	}), dispatch.JSON(onLink))
	if err := m.HandleDelivery(t.Context(), delivery(created)); err != nil {
		t.Error(err)
	}
}
