package redis

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hooklatch/hooklatch/idempotency"
)

// Claim asks for the right to handle r.Key; see [idempotency.Store]. The client
// sends it again when the answer is lost: r.Owner makes that safe.
func (s *Store) Claim(ctx context.Context, r idempotency.Request) (idempotency.Claim, error) {
	if err := check(ctx, "lease", r.Lease); err != nil {
		return idempotency.Claim{}, err
	}
	holder := string(append(r.Fingerprint[:], r.Owner[:]...))
	reply, err := run(ctx, s, claimScript, s.claims+r.Key.String(), holder, millis(r.Lease)+millis(abandonedAfter))
	var c idempotency.Claim
	if err == nil {
		c, err = readClaim(reply, r.Fingerprint)
	}
	if err != nil {
		return idempotency.Claim{}, fmt.Errorf("redis: claim: %w", err)
	}
	return c, nil
}

// longest is how many milliseconds a Duration holds.
const longest = math.MaxInt64 / int64(time.Millisecond)

// readClaim reads what the claim script has returned:
//
//	g fence
//	f fingerprint milliseconds   that are left of the lease
//	d fingerprint
func readClaim(reply any, own [32]byte) (idempotency.Claim, error) {
	text, _ := reply.(string)
	state, text := text[:min(1, len(text))], text[min(1, len(text)):]
	digest, left := text[:min(32, len(text))], text[min(32, len(text)):]
	switch {
	case state == "g":
		if fence, ok := parseFence(text); ok {
			return idempotency.Claim{State: idempotency.Granted, Fence: fence, Fingerprint: own}, nil
		}
	case state == "f" && len(digest) == 32:
		ms, err := strconv.ParseInt(left, 10, 64)
		if err == nil && ms > 0 {
			return idempotency.Claim{
				State:       idempotency.InFlight,
				Fingerprint: [32]byte([]byte(digest)),
				RetryAfter:  time.Duration(min(ms, longest)) * time.Millisecond,
			}, nil
		}
	case state == "d" && len(digest) == 32 && left == "":
		return idempotency.Claim{State: idempotency.Done, Fingerprint: [32]byte([]byte(digest))}, nil
	}
	return idempotency.Claim{}, fmt.Errorf("unknown reply %.80q", fmt.Sprint(reply))
}

// Extend lets the lease run from now on for the given time; see
// [idempotency.Store].
func (s *Store) Extend(ctx context.Context, key idempotency.Key, fence uint64, lease time.Duration) error {
	if err := check(ctx, "lease", lease); err != nil {
		return err
	}
	return s.change(ctx, "extend", extendScript, key, fence, millis(lease)+millis(abandonedAfter))
}

// Complete marks the key done and remembers it for retain; see
// [idempotency.Store].
func (s *Store) Complete(ctx context.Context, key idempotency.Key, fence uint64, retain time.Duration) error {
	if err := check(ctx, "retain", retain); err != nil {
		return err
	}
	return s.change(ctx, "complete", completeScript, key, fence, millis(retain))
}

// Release gives the claim up; see [idempotency.Store]. When the client has to
// send it again because the answer was lost, the claim may be found released
// already: then it is ErrLost.
func (s *Store) Release(ctx context.Context, key idempotency.Key, fence uint64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.change(ctx, "release", releaseScript, key, fence, millis(releasedFor))
}

// change runs a script that answers 1 if the key is under the fence, else 0.
func (s *Store) change(ctx context.Context, what string, script *redis.Script, key idempotency.Key, fence uint64, ms int64) error {
	reply, err := run(ctx, s, script, s.claims+key.String(), formatFence(fence), ms)
	switch {
	case err != nil:
		return fmt.Errorf("redis: %s: %w", what, err)
	case reply == int64(1):
		return nil
	case reply == int64(0):
		return idempotency.ErrLost
	}
	return fmt.Errorf("redis: %s: unknown reply %.80q", what, fmt.Sprint(reply))
}

// perSecond is how many fences there are in a second.
const perSecond = 1_000_000

// formatFence writes a fence as the scripts do.
func formatFence(fence uint64) string {
	b := strconv.AppendUint(make([]byte, 0, 32), fence/perSecond, 10)
	return string(strconv.AppendUint(append(b, ':'), fence%perSecond, 10))
}

// parseFence reads it again.
func parseFence(text string) (fence uint64, ok bool) {
	seconds, rest, _ := strings.Cut(text, ":")
	s, err := strconv.ParseUint(seconds, 10, 40)
	us, err2 := strconv.ParseUint(rest, 10, 64)
	fence = s*perSecond + us
	return fence, err == nil && err2 == nil && us < perSecond && fence > 0
}
