package redis_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/middleware"
)

// The store goes where any other does.
func ExampleNew() {
	client := goredis.NewClient(&goredis.Options{
		Addr:                  "localhost:6379",
		ContextTimeoutEnabled: true, // a call takes no longer than the layer allows
	})
	defer client.Close()

	once := middleware.Once(redis.New(client, nil), nil)
	http.Handle("/webhooks", once(http.NotFoundHandler()))
}

// Without its server, the store says that it can't tell, and the delivery is
// to be sent again.
func ExampleStore_Claim() {
	client := goredis.NewClient(&goredis.Options{Addr: "localhost:1", ContextTimeoutEnabled: true})
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()

	r := idempotency.Request{Key: idempotency.NewKey(idempotency.Identity{Provider: "linktree", ID: "evt_1"}), Lease: 15 * time.Second}
	rand.Read(r.Owner[:])
	claim, err := redis.New(client, nil).Claim(ctx, r)
	fmt.Println(claim.State, err != nil)
	// Output: invalid true
}
