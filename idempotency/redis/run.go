package redis

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// run calls a script on one key, and returns when it has been answered or ctx
// has ended.
func run(ctx context.Context, s *Store, script *redis.Script, key string, args ...any) (any, error) {
	call := func() (any, error) { return script.Run(ctx, s.client, []string{key}, args...).Result() }
	if _, bounded := ctx.Deadline(); bounded && s.punctual || ctx.Done() == nil {
		return call()
	}
	type reply struct {
		value any
		err   error
	}
	replied := make(chan reply, 1)
	go func() {
		value, err := call()
		replied <- reply{value, err}
	}()
	select {
	case r := <-replied:
		return r.value, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// check refuses an ended context and a duration that is not positive.
func check(ctx context.Context, name string, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d <= 0 {
		return fmt.Errorf("redis: %s must be positive, not %v", name, d)
	}
	return nil
}

// millis returns d in milliseconds, rounded up.
func millis(d time.Duration) int64 {
	n := int64(d / time.Millisecond)
	if d%time.Millisecond > 0 {
		n++
	}
	return n
}
