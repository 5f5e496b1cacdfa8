package transport

import (
	"errors"
	"log/slog"
	"time"
)

// The defaults of [RetryOptions].
const (
	defaultAttempts = 4
	defaultBackoff  = 500 * time.Millisecond
	defaultMaxWait  = time.Minute

	defaultIdempotencyHeader = "Idempotency-Key"
)

// RetryOptions are what [Retry] can be told. Nil and the zero value are ready
// to use: zeros are 4 attempts, a backoff of 500 ms and waits of a minute. Negative values, and durations over 24
// hours, make Retry panic.
type RetryOptions struct {
	// Attempts is how often a request is sent at most. 1 is no retries.
	Attempts int

	// Backoff bounds the wait before the first retry. The bound doubles
	// with each further one; the wait is a random part of it.
	Backoff time.Duration

	// MaxWait bounds every wait between two attempts. If the provider asks
	// for a longer one, its answer is returned at once.
	MaxWait time.Duration

	// IdempotencyKeys says that the provider honours the header below: of
	// two requests with the same key it acts on one. Then POST and PATCH
	// requests get a key each, and are sent again like others. Without it
	// they are not, unless the caller has given them a key, for one whose
	// answer was lost would take effect twice.
	IdempotencyKeys bool

	// IdempotencyHeader is the name of the header with that key. Empty is
	// Idempotency-Key. (net/http knows this name and X-Idempotency-Key, and
	// also sends such a request again by itself when its connection turns
	// out to be dead.)
	IdempotencyHeader string

	// Logger is told of a Retry-After that can't be read. Nil is
	// [slog.Default].
	Logger *slog.Logger
}

// check puts in the defaults and finds everything that is wrong.
func (o *RetryOptions) check() error {
	var errs []error
	if o.Attempts < 0 {
		errs = append(errs, errors.New("Attempts is negative"))
	}
	if o.Attempts == 0 {
		o.Attempts = defaultAttempts
	}
	if o.IdempotencyHeader == "" {
		o.IdempotencyHeader = defaultIdempotencyHeader
	}
	for _, d := range [...]struct {
		name   string
		value  *time.Duration
		preset time.Duration
	}{
		{"Backoff", &o.Backoff, defaultBackoff},
		{"MaxWait", &o.MaxWait, defaultMaxWait},
	} {
		switch {
		case *d.value < 0:
			errs = append(errs, errors.New(d.name+" is negative"))
		case *d.value == 0:
			*d.value = d.preset
		case *d.value > maxRetryAfter:
			errs = append(errs, errors.New(d.name+" is over 24 hours"))
		}
	}
	return errors.Join(errs...)
}
