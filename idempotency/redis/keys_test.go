package redis_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

const day = 24 * time.Hour

// A fresh is a store, a key that is not claimed, and the name that it has
// on the server.
type fresh struct {
	t      testing.TB
	store  *redis.Store
	client *goredis.Client
	prefix string // of the claims' keys
	key    idempotency.Key
	name   string
}

// newFresh returns one on a store of its own.
func newFresh(t testing.TB) *fresh {
	client := newClient(t, testserver.SharedRedis(t).Addr)
	namespace := newNamespace()
	k, prefix := key(1), "hooklatch:"+namespace+":claim:"
	return &fresh{t, redis.New(client, namespace, nil), client, prefix, k, prefix + k.String()}
}

func (c *fresh) claim(owner byte, want idempotency.State) idempotency.Claim {
	c.t.Helper()
	got, err := c.store.Claim(c.t.Context(), request(c.key, owner, 15*time.Second))
	if err != nil || got.State != want {
		c.t.Fatalf("Claim: got %v, %v, want %v", got.State, err, want)
	}
	return got
}

// leave gives the key so much time to live: it lets the rest pass.
func (c *fresh) leave(d time.Duration) {
	c.t.Helper()
	if ok, err := c.client.PExpire(c.t.Context(), c.name, d).Result(); err != nil || !ok {
		c.t.Fatalf("PEXPIRE: %v, %v", ok, err)
	}
}

// gone waits until the server has dropped the key.
func (c *fresh) gone() {
	c.t.Helper()
	for c.client.Exists(c.t.Context(), c.name).Val() != 0 {
		time.Sleep(time.Millisecond)
	}
}

func (c *fresh) wantTTL(want time.Duration, when string) {
	c.t.Helper()
	if got := c.client.PTTL(c.t.Context(), c.name).Val(); got > want || got < want-10*time.Second {
		c.t.Errorf("time to live %s: got %v, want %v", when, got, want)
	}
}

// TestKeysLive follows a key through its states: it always has a time to live.
func TestKeysLive(t *testing.T) {
	c, ctx := newFresh(t), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first := c.claim(1, idempotency.Granted)
	c.wantTTL(day+15*time.Second, "in flight")
	must(c.store.Extend(ctx, c.key, first.Fence, time.Minute))
	c.wantTTL(day+time.Minute, "extended")
	c.claim(1, idempotency.Granted)
	c.wantTTL(day+15*time.Second, "of a claim sent again")
	must(c.store.Extend(ctx, c.key, first.Fence, time.Minute))
	c.wantTTL(day+time.Minute, "extended again")
	must(c.store.Release(ctx, c.key, first.Fence))
	c.wantTTL(time.Hour, "released")
	second := c.claim(2, idempotency.Granted)
	c.wantTTL(day+15*time.Second, "claimed after a release")
	c.leave(day - 2*time.Millisecond)
	second = c.claim(3, idempotency.Granted)
	c.wantTTL(day+15*time.Second, "taken over")
	must(c.store.Complete(ctx, c.key, second.Fence, 72*time.Hour))
	c.wantTTL(72*time.Hour, "done")
	c.leave(time.Hour)
	must(c.store.Complete(ctx, c.key, second.Fence, 72*time.Hour))
	c.claim(4, idempotency.Done)
	c.wantTTL(time.Hour, "done, after a second Complete and a duplicate")
	if _, err := c.store.Forget(ctx, c.key); err != nil {
		t.Fatal(err)
	}
	c.leave(time.Minute)
	if _, err := c.store.Forget(ctx, c.key); err != nil {
		t.Fatal(err)
	}
	c.wantTTL(time.Minute, "forgotten twice")
}

// TestNothingIsLeftBehind makes all kinds of keys on a server of its own and
// waits until it is empty.
func TestNothingIsLeftBehind(t *testing.T) {
	client := newClient(t, testserver.Redis(t, nil).Addr)
	s, ctx := redis.New(client, "test", nil), t.Context()
	for i := range 100 {
		c, err := s.Claim(ctx, request(key(i), 1, time.Millisecond))
		switch {
		case err != nil:
		case i%4 == 0:
			err = s.Complete(ctx, key(i), c.Fence, 20*time.Millisecond)
		case i%4 == 1:
			err = s.Release(ctx, key(i), c.Fence)
		case i%4 == 2:
			_, err = s.Bind(ctx, key(i), key(i), 20*time.Millisecond)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	names, err := client.Keys(ctx, "*").Result()
	if err != nil || len(names) < 75 {
		t.Fatalf("%d keys, %v, want those that live for long at least", len(names), err)
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "hooklatch:test:claim:") && !strings.HasPrefix(name, "hooklatch:test:digest:") {
			t.Errorf("key %q is not in the namespace", name)
		}
		ttl, err := client.PTTL(ctx, name).Result()
		if err != nil || ttl == -1 || ttl > day+time.Second {
			t.Errorf("key %q has %v to live, %v", name, ttl, err)
		}
		client.PExpire(ctx, name, min(max(ttl, 1), 10*time.Millisecond)) // the rest passes
	}
	for deadline := time.Now().Add(10 * time.Second); client.DBSize(ctx).Val() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d keys are left", client.DBSize(ctx).Val())
		}
	}
}

// TestGrace: a claim can be completed for a day after its lease, and is lost
// after that.
func TestGrace(t *testing.T) {
	c, ctx := newFresh(t), t.Context()
	fence := c.claim(1, idempotency.Granted).Fence
	c.leave(time.Minute)
	if err := c.store.Extend(ctx, c.key, fence, time.Minute); err != nil {
		t.Errorf("Extend within a day: %v", err)
	}
	c.leave(time.Millisecond)
	c.gone()
	if err := c.store.Complete(ctx, c.key, fence, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("Complete after the day: got %v, want ErrLost", err)
	}
	next := c.claim(2, idempotency.Granted).Fence
	if next <= fence {
		t.Errorf("fence after the key was dropped: got %d after %d, want a higher one", next, fence)
	}
	if err := c.store.Complete(ctx, c.key, fence, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("Complete under the fence from before: got %v, want ErrLost", err)
	}
}

// TestLastMillisecond: the lease holds to the end of its last millisecond, and
// what is left of it is never nothing.
func TestLastMillisecond(t *testing.T) {
	c := newFresh(t)
	for try := range 1000 {
		c.key = key(try)
		c.name = c.prefix + c.key.String()
		c.claim(1, idempotency.Granted)
		c.leave(day)
		got, err := c.store.Claim(t.Context(), request(c.key, 2, time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if got.State == idempotency.InFlight { // else it has passed
			if got.RetryAfter != time.Millisecond {
				t.Errorf("RetryAfter: got %v, want 1ms", got.RetryAfter)
			}
			return
		}
	}
	t.Error("no claim came within the millisecond")
}

// TestRetryAfterFitsTheLease: what is left of a lease is never longer than it,
// in its first millisecond either.
func TestRetryAfterFitsTheLease(t *testing.T) {
	c := newFresh(t)
	for try := range 200 {
		c.key = key(try)
		c.claim(1, idempotency.Granted)
		if got := c.claim(2, idempotency.InFlight).RetryAfter; got > 15*time.Second {
			t.Fatalf("RetryAfter: got %v of a lease of 15s", got)
		}
	}
}

// TestClockSetBack: fences rise all the same while the key is there. The last
// fence is put an hour ahead, on both sides of a full second.
func TestClockSetBack(t *testing.T) {
	for _, us := range []uint64{0, 7, 999_998, 999_999} {
		for _, format := range []string{"r%d:%d", "f" + strings.Repeat("x", 48) + "%d:%d/90000000"} {
			c := newFresh(t)
			ahead := uint64(time.Now().Add(time.Hour).Unix())
			value := fmt.Sprintf(format, ahead, us)
			if err := c.client.Set(t.Context(), c.name, value, time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
			fence := c.claim(1, idempotency.Granted).Fence
			if want := ahead*1_000_000 + us + 1; fence != want {
				t.Errorf("after %d: got %d, want %d", want-1, fence, want)
			}
			if err := c.store.Complete(t.Context(), c.key, fence, time.Hour); err != nil {
				t.Errorf("Complete under fence %d: %v", fence, err)
			}
		}
	}
}

// TestForeignKey: what stands under the prefix and is no claim is an error, not
// a grant.
func TestForeignKey(t *testing.T) {
	for _, value := range []string{"", "x", "r", "rx", "r1", "f", "1", "f" + strings.Repeat("x", 48), "f" + strings.Repeat("x", 48) + "1:1", "f" + strings.Repeat("x", 48) + "/1", "f" + strings.Repeat("x", 48) + "1:1/x"} {
		c := newFresh(t)
		if err := c.client.Set(t.Context(), c.name, value, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		got, err := c.store.Claim(t.Context(), request(c.key, 1, time.Hour))
		if err == nil || got != (idempotency.Claim{}) {
			t.Errorf("Claim over %q: got %v, %v, want an error", value, got.State, err)
		}
	}
	c := newFresh(t)
	c.client.LPush(t.Context(), c.name, "x")
	if _, err := c.store.Claim(t.Context(), request(c.key, 1, time.Hour)); err == nil {
		t.Error("Claim over a list: no error")
	}
}

// TestDurations takes the shortest and the longest.
func TestDurations(t *testing.T) {
	c, ctx := newFresh(t), t.Context()
	r := request(c.key, 1, 1)
	first, err := c.store.Claim(ctx, r)
	if err != nil || first.State != idempotency.Granted {
		t.Fatalf("Claim for a nanosecond: %v, %v", first.State, err)
	}
	if ttl := c.client.PTTL(ctx, c.name).Val(); ttl < day-time.Second {
		t.Errorf("claimed for a nanosecond, the key has %v to live, want a day", ttl)
	}
	if err := c.store.Extend(ctx, c.key, first.Fence, math.MaxInt64); err != nil {
		t.Fatal(err)
	}
	again := c.claim(2, idempotency.InFlight)
	if years := again.RetryAfter / (365 * day); years != 292 {
		t.Errorf("RetryAfter under the longest lease: got %v", again.RetryAfter)
	}
	if err := c.store.Complete(ctx, c.key, first.Fence, math.MaxInt64); err != nil {
		t.Fatal(err)
	}
	c.claim(2, idempotency.Done)
	for _, ttl := range []time.Duration{1, math.MaxInt64} {
		if _, err := c.store.Bind(ctx, [32]byte{byte(ttl)}, c.key, ttl); err != nil {
			t.Errorf("Bind for %v: %v", ttl, err)
		}
	}
}
