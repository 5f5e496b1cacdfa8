package bench_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// BenchmarkRoute is the router alone, in front of handlers that do nothing. The
// types come in turn, and are known from a header.
func BenchmarkRoute(b *testing.B) {
	for _, n := range []int{5, 50, 500, 5000} {
		b.Run(fmt.Sprintf("types=%d/v=hooklatch", n), func(b *testing.B) {
			mux := &dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
			deliveries := make([]hooklatch.Delivery, n)
			ran := 0
			for i := range deliveries {
				deliveries[i].Type = fmt.Sprintf("resource%d.created", i)
				mux.Handle(deliveries[i].Type, dispatch.HandlerFunc(func(context.Context, *hooklatch.Delivery) error {
					ran++
					return nil
				}))
			}
			ctx := context.Background()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if err := mux.HandleDelivery(ctx, &deliveries[i]); err != nil {
					b.Fatal(err)
				}
				if i++; i == n {
					i = 0
				}
			}
			if ran < b.N {
				b.Fatalf("%d of %d were handled", ran, b.N)
			}
		})
	}
}
