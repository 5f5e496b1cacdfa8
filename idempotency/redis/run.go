package redis

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
)

// run calls a script on one key, and returns when it has been answered or ctx
// has ended.
func run(ctx context.Context, s *Store, script *redis.Script, key string, args ...any) (any, error) {
	began := time.Now()
	value, err := s.call(ctx, script, key, args)
	if redis.IsReadOnlyError(err) {
		// Clients try again with another connection; auto-pipeliners part
		// with this one only.
		value, err = s.call(ctx, script, key, args)
	}
	if err != nil && ctx.Err() != nil {
		err = s.explain(ctx, began, err)
	}
	return value, err
}

func (s *Store) call(ctx context.Context, script *redis.Script, key string, args []any) (any, error) {
	if _, bounded := ctx.Deadline(); bounded && s.punctual || ctx.Done() == nil {
		return script.Run(ctx, s.client, []string{key}, args...).Result()
	}
	type reply struct {
		value any
		err   error
	}
	replied := make(chan reply, 1)
	go func() {
		value, err := script.Run(ctx, s.client, []string{key}, args...).Result()
		replied <- reply{value, err}
	}()
	select {
	case r := <-replied:
		return r.value, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// explain says what a call was waiting for when its context ended.
func (s *Store) explain(ctx context.Context, began time.Time, err error) error {
	// An attempt to connect can have failed for this call before it began.
	cause := s.dials.failed(began.Add(-time.Second))
	switch {
	case cause != nil:
	case s.dials.connecting():
		cause = fmt.Errorf("connecting: %w", os.ErrDeadlineExceeded)
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled):
		cause = fmt.Errorf("no answer from the server: %w", os.ErrDeadlineExceeded)
	default:
		cause = err
	}
	end, how := ctx.Err(), "the caller's deadline passed"
	if errors.Is(end, context.Canceled) {
		how = "the caller canceled the call"
	}
	if reason := context.Cause(ctx); reason != end {
		end = fmt.Errorf("%w (%w)", end, reason)
	}
	return fmt.Errorf("%s after %v: %w: %w", how, time.Since(began).Round(time.Millisecond), end, cause)
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
