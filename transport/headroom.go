package transport

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// HeadroomOptions are what a [Headroom] can be told. Nil and the zero value are
// ready to use.
type HeadroomOptions struct {
	// Warn is how many attempts in a minute are worth a warning when there
	// are more. Zero warns of none.
	Warn int

	// Logger gets the warning. Nil is [slog.Default].
	Logger *slog.Logger

	// Quota names the headers by which the provider says what is left.
	Quota QuotaHeaders
}

// Headroom watches how far the client is from the provider's rate limit: by
// what the answers say of it (see [Quota]), and by its own count of attempts.
// It warns in the log, once a minute at most, while there are more than Warn in
// a minute.
//
// A Headroom has the state of one token of the provider's. It is safe for
// concurrent use.
type Headroom struct {
	opts HeadroomOptions

	mu     sync.Mutex
	quota  Quota
	starts []time.Time // of the attempts in the last minute, in order
	warned time.Time
}

// NewHeadroom returns a Headroom that has seen nothing. It panics if Warn is
// negative.
func NewHeadroom(o *HeadroomOptions) *Headroom {
	h := new(Headroom)
	if o != nil {
		h.opts = *o
	}
	if h.opts.Warn < 0 {
		panic("transport: NewHeadroom: Warn is negative")
	}
	h.opts.Quota.complete()
	return h
}

// Layer is the layer that watches. It changes nothing. Place it inside a layer
// that retries or limits, where it sees every attempt.
func (h *Headroom) Layer(next http.RoundTripper) http.RoundTripper {
	return Func(func(r *http.Request) (*http.Response, error) {
		h.count(r.Context())
		resp, err := counted(next, r, func(ctx context.Context, _ bool) error {
			h.count(ctx)
			return nil
		})
		if err == nil {
			if q := h.opts.Quota.read(resp.Header, time.Now()); q.Known {
				h.mu.Lock()
				h.quota = q
				h.mu.Unlock()
			}
		}
		return resp, err
	})
}

// Quota returns what the latest answer said that said anything. It is not Known
// until there was one.
func (h *Headroom) Quota() Quota {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.quota
}

// Attempts returns how many attempts have started in the last 60 seconds.
func (h *Headroom) Attempts() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(time.Now())
	return len(h.starts)
}

// count counts an attempt that starts now.
func (h *Headroom) count(ctx context.Context) {
	h.mu.Lock()
	now := time.Now()
	h.forget(now)
	h.starts = append(h.starts, now)
	attempts, quota := len(h.starts), h.quota
	warn := h.opts.Warn > 0 && attempts > h.opts.Warn && (h.warned.IsZero() || now.Sub(h.warned) >= time.Minute)
	if warn {
		h.warned = now
	}
	h.mu.Unlock()
	if !warn {
		return
	}
	log := h.opts.Logger
	if log == nil {
		log = slog.Default()
	}
	attrs := []slog.Attr{slog.Int("attempts", attempts), slog.Int("warn_above", h.opts.Warn)}
	if quota.Known {
		attrs = append(attrs, slog.Int("remaining", quota.Remaining), slog.Int("limit", quota.Limit))
	}
	log.LogAttrs(ctx, slog.LevelWarn, "close to the provider's rate limit", attrs...)
}

// forget drops the attempts that are a minute old. h.mu is held.
func (h *Headroom) forget(now time.Time) {
	old := 0
	for old < len(h.starts) && now.Sub(h.starts[old]) >= time.Minute {
		old++
	}
	h.starts = h.starts[old:]
}
