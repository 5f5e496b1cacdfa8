package redis_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// The store goes where any other does. All replicas of a service have the same
// namespace.
func ExampleNew() {
	client := goredis.NewClient(&goredis.Options{
		Addr:                  "localhost:6379",
		ContextTimeoutEnabled: true, // a call takes no longer than the layer allows
	})
	defer client.Close()
	store := redis.New(client, "orders", nil)

	scheme, err := provider.Linktree(os.Getenv("LINKTREE_WEBHOOK_SECRET"))
	if err != nil {
		log.Print(err)
		return
	}
	hook := middleware.NewEndpoint("linktree", nil)
	http.Handle("/webhooks/linktree", hook.Receiver(scheme, store, new(dispatch.Mux), nil))
}

// Without its server, the store says that it can't tell, and the sender is to
// send the delivery again.
func ExampleStore_Claim() {
	client := goredis.NewClient(&goredis.Options{Addr: "localhost:1", ContextTimeoutEnabled: true})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()

	r := idempotency.Request{
		Key:   idempotency.NewKey(idempotency.Identity{Endpoint: "billing", Provider: "linktree", ID: "evt_1"}),
		Lease: 15 * time.Second,
	}
	rand.Read(r.Owner[:])
	claim, err := redis.New(client, "orders", nil).Claim(ctx, r)
	fmt.Println(claim.State, err != nil)
	// Output: invalid true
}
