package redis_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
	"github.com/hooklatch/hooklatch/internal/testserver"
)

// fill makes a server refuse what can grow.
func fill(t *testing.T, client *goredis.Client) {
	t.Helper()
	if err := client.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if err := client.Set(t.Context(), "more", "x", 0).Err(); err == nil || !strings.HasPrefix(err.Error(), "OOM ") {
		t.Fatalf("SET on a full server: got %v, want OOM", err)
	}
}

// TestFull: what was claimed before the server was full ends as ever, whether
// the server knows the scripts or not; duplicates are told what they are.
func TestFull(t *testing.T) {
	client, ctx := newClient(t, testserver.Redis(t, nil).Addr), t.Context()
	s := redis.New(client, "test", nil)
	fences := make(map[string]uint64)
	keys := map[string]idempotency.Key{"complete": key(1), "release": key(2), "extend": key(3), "longer": key(4), "again": key(5), "done": key(6), "released": key(7)}
	claim := func(name string, owner byte, lease time.Duration, want idempotency.State) {
		t.Helper()
		c, err := s.Claim(ctx, request(keys[name], owner, lease))
		if err != nil || c.State != want {
			t.Errorf("Claim of %s: got %v, %v, want %v", name, c.State, err, want)
		}
		if c.State == idempotency.Granted {
			fences[name] = c.Fence
		}
	}
	ok := func(err error, call string) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
	for name := range keys {
		claim(name, 1, time.Hour, idempotency.Granted)
	}
	ok(s.Complete(ctx, keys["done"], fences["done"], time.Hour), "Complete")
	ok(s.Release(ctx, keys["released"], fences["released"]), "Release")
	_, err := s.Bind(ctx, key(1), key(1), time.Hour)
	ok(err, "Bind")

	fill(t, client)
	ok(client.ScriptFlush(ctx).Err(), "SCRIPT FLUSH")
	ok(s.Extend(ctx, keys["extend"], fences["extend"], time.Hour), "Extend")
	ok(s.Extend(ctx, keys["longer"], fences["longer"], 10*time.Hour), "Extend under another lease")
	ok(s.Complete(ctx, keys["complete"], fences["complete"], time.Hour), "Complete")
	ok(s.Complete(ctx, keys["longer"], fences["longer"], time.Hour), "Complete of what was extended")
	ok(s.Release(ctx, keys["release"], fences["release"]), "Release")
	claim("again", 1, 2*time.Hour, idempotency.Granted)
	ok(s.Complete(ctx, keys["again"], fences["again"], time.Hour), "Complete of what was claimed again")
	claim("complete", 2, time.Hour, idempotency.Done)
	claim("longer", 2, time.Hour, idempotency.Done)
	claim("extend", 2, time.Hour, idempotency.InFlight)
	if forgot, err := s.Forget(ctx, keys["done"]); err != nil || !forgot {
		t.Errorf("Forget: got %v, %v, want true", forgot, err)
	}
	if first, err := s.Bind(ctx, key(1), key(2), time.Hour); err != nil || first != key(1) {
		t.Errorf("Bind of what is bound: got %v, %v, want the first key", first, err)
	}

	// What is new waits, and nothing is granted on a guess.
	for _, k := range []idempotency.Key{keys["release"], keys["released"], keys["done"], key(8)} {
		c, err := s.Claim(ctx, request(k, 2, time.Hour))
		if err == nil || errors.Is(err, idempotency.ErrLost) || !strings.Contains(err.Error(), "OOM ") || c != (idempotency.Claim{}) {
			t.Errorf("Claim of what is new: got %+v, %v, want OOM", c, err)
		}
	}
	if _, err := s.Bind(ctx, key(8), key(8), time.Hour); err == nil || !strings.Contains(err.Error(), "OOM ") {
		t.Errorf("Bind of what is new: got %v, want OOM", err)
	}
	ok(client.ConfigSet(ctx, "maxmemory", "0").Err(), "CONFIG SET")
	claim("release", 2, time.Hour, idempotency.Granted)
	claim("done", 2, time.Hour, idempotency.Granted)
}

// TestDuplicatesWriteNothing: what is sent again leaves no mark on the server,
// so that nothing goes to its replicas and its log.
func TestDuplicatesWriteNothing(t *testing.T) {
	client, ctx := newClient(t, testserver.Redis(t, nil).Addr), t.Context()
	s := redis.New(client, "test", nil)
	c, err := s.Claim(ctx, request(key(1), 1, time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Claim(ctx, request(key(2), 1, time.Hour))
	_, bound := s.Bind(ctx, key(1), key(1), time.Hour)
	if err := errors.Join(err, bound, s.Complete(ctx, key(2), done.Fence, time.Hour)); err != nil {
		t.Fatal(err)
	}
	changes := func() string {
		t.Helper()
		info, err := client.InfoMap(ctx, "persistence").Result()
		if err != nil {
			t.Fatal(err)
		}
		return info["Persistence"]["rdb_changes_since_last_save"]
	}
	before := changes()
	for owner := range byte(100) {
		for _, k := range []idempotency.Key{key(1), key(2)} {
			if c, err := s.Claim(ctx, request(k, owner+2, time.Hour)); err != nil || c.State == idempotency.Granted {
				t.Fatalf("Claim: got %v, %v", c.State, err)
			}
		}
		if _, err := s.Bind(ctx, key(1), key(2), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Complete(ctx, key(2), done.Fence, time.Hour); err != nil {
		t.Error(err)
	}
	if err := s.Extend(ctx, key(2), done.Fence, time.Hour); !errors.Is(err, idempotency.ErrLost) {
		t.Errorf("Extend of what is done: got %v, want ErrLost", err)
	}
	if after := changes(); after != before {
		t.Errorf("%s changes after 300 duplicates, want %s as before", after, before)
	}
	if err := s.Extend(ctx, key(1), c.Fence, time.Hour); err != nil {
		t.Error(err)
	}
	if changes() == before {
		t.Error("a change is not counted: this proves nothing")
	}
}
