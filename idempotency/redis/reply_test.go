package redis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/idempotency/redis"
)

// A scripted client answers every script in the same way.
type scripted struct {
	goredis.Scripter
	reply any
	err   error
}

func (s scripted) EvalSha(context.Context, string, []string, ...any) *goredis.Cmd {
	return goredis.NewCmdResult(s.reply, s.err)
}

// callAll makes each call and returns the errors by its name.
func callAll(ctx context.Context, s *redis.Store) map[string]error {
	_, claimed := s.Claim(ctx, request(key(1), 1, time.Hour))
	_, forgotten := s.Forget(ctx, key(1))
	_, bound := s.Bind(ctx, [32]byte{1}, key(1), time.Hour)
	return map[string]error{
		"claim":    claimed,
		"bind":     bound,
		"extend":   s.Extend(ctx, key(1), 1, time.Hour),
		"complete": s.Complete(ctx, key(1), 1, time.Hour),
		"release":  s.Release(ctx, key(1), 1),
		"forget":   forgotten,
	}
}

// TestUnknownReplies: what the scripts can't have answered is an error, and
// above all no grant.
func TestUnknownReplies(t *testing.T) {
	digest := strings.Repeat("x", 32)
	for _, reply := range []any{
		nil, "", "g", "g0", "g0:0", "g1", "g1:", "g:1", "g1:1000000", "g-1:1", "g1:1:1", "g99999999999999999999:1",
		"f", "f" + digest, "f" + digest + "0", "f" + digest + "-1", "f" + digest + "x", "fx1",
		"d", "dx", "d" + digest + "x", "x", digest[1:], digest + "x",
		int64(3), int64(-1), "1", true,
		[]any{"g1:1"},
	} {
		for call, err := range callAll(t.Context(), redis.New(scripted{reply: reply}, "test", nil)) {
			if err == nil || errors.Is(err, idempotency.ErrLost) {
				t.Errorf("%s: reply %q: got %v, want an error of its own", call, reply, err)
			}
		}
	}
}

// TestErrorsWrap: a caller finds the client's error, and which call it was.
func TestErrorsWrap(t *testing.T) {
	down := errors.New("the server is down")
	for call, err := range callAll(t.Context(), redis.New(scripted{err: down}, "test", nil)) {
		if !errors.Is(err, down) || !strings.HasPrefix(err.Error(), "redis: "+call+": ") {
			t.Errorf("%s: got %v, want it to wrap the client's", call, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for call, err := range callAll(ended, redis.New(scripted{reply: "g1:1"}, "test", nil)) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s under an ended context: got %v, want its error", call, err)
		}
	}
}
