package redis

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// dials is a [redis.Hook] that notes how a client's attempts to connect end. The
// client itself tries again in the background for longer than most calls may
// take: they end by their context, and the client forgets to say why.
type dials struct {
	pending atomic.Int64
	last    atomic.Pointer[dialFailure] // nil: the last attempt has succeeded
}

type dialFailure struct {
	at  time.Time
	err error
}

func (d *dials) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		d.pending.Add(1)
		defer d.pending.Add(-1)
		conn, err := next(ctx, network, addr)
		if err != nil {
			d.last.Store(&dialFailure{time.Now(), err})
		} else {
			d.last.Store(nil)
		}
		return conn, err
	}
}

// Nil leaves out the hook: calls cost nothing more.

func (*dials) ProcessHook(redis.ProcessHook) redis.ProcessHook { return nil }

func (*dials) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook { return nil }

// failed returns why the last attempt to connect failed, if one has since the
// given time; else nil.
func (d *dials) failed(since time.Time) error {
	if d == nil {
		return nil
	}
	if f := d.last.Load(); f != nil && !f.at.Before(since) {
		return f.err
	}
	return nil
}

// connecting reports whether an attempt to connect is under way.
func (d *dials) connecting() bool { return d != nil && d.pending.Load() > 0 }
