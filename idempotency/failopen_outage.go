package idempotency

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// An outage is what a failOpen knows of its shared store: whether it answers,
// and if not, when to ask again.
type outage struct {
	pause  time.Duration
	logger *slog.Logger
	start  time.Time
	resume atomic.Int64 // in an outage, when shared is asked next, since start; else 0
	alone  atomic.Int64 // claims granted by local in this outage
}

// try reports whether shared may be asked: no outage is known, or this call is
// the one that looks whether it is over.
func (o *outage) try() bool {
	resume := o.resume.Load()
	if resume == 0 {
		return true
	}
	now := int64(time.Since(o.start))
	return now >= resume && o.resume.CompareAndSwap(resume, now+int64(o.pause))
}

func (o *outage) begun(err error) {
	until := int64(time.Since(o.start) + o.pause)
	if o.resume.Swap(until) == 0 {
		o.log().Error("idempotency: shared store is down: deliveries can take effect more than once", slog.Any("error", err))
	}
}

func (o *outage) ended() {
	if o.resume.Load() != 0 && o.resume.Swap(0) != 0 {
		o.log().Warn("idempotency: shared store is back", slog.Int64("granted_without", o.alone.Swap(0)))
	}
}

func (o *outage) log() *slog.Logger {
	if o.logger != nil {
		return o.logger
	}
	return slog.Default()
}
