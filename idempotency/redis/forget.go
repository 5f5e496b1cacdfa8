package redis

import (
	"context"
	"fmt"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Forget makes a key that is done unknown and reports whether it was done; see
// [idempotency.Forgetter]. When the client has to send it again because the
// answer was lost, the mark may be found forgotten already: then it is false.
func (s *Store) Forget(ctx context.Context, key idempotency.Key) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	reply, err := run(ctx, s, forgetScript, s.claims+key.String(), millis(releasedFor))
	switch {
	case err != nil:
		return false, fmt.Errorf("redis: forget: %w", err)
	case reply == int64(0):
		return false, nil
	case reply == int64(1):
		return true, nil
	case reply == int64(2):
		return false, idempotency.ErrInFlight
	}
	return false, fmt.Errorf("redis: forget: unknown reply %.80q", fmt.Sprint(reply))
}
