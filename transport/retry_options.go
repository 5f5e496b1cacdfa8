package transport

import (
	"errors"
	"time"
)

// The defaults of [RetryOptions].
const (
	DefaultAttempts = 4
	DefaultBackoff  = 500 * time.Millisecond
	DefaultMaxWait  = time.Minute

	DefaultIdempotencyHeader = "Idempotency-Key"
)

// RetryOptions are what [Retry] can be told. Nil and the zero value are ready
// to use: zeros are the defaults above. Negative values, and durations over 24
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

	// NoIdempotencyKey leaves POST and PATCH requests as they are. They are
	// then sent again after a 429 only, unless the caller has given them an
	// Idempotency-Key. Set it for a provider that ignores the header: there
	// a request whose answer was lost would take effect twice.
	NoIdempotencyKey bool

	// IdempotencyHeader is the name of the header with that key.
	IdempotencyHeader string
}

// check puts in the defaults and finds everything that is wrong.
func (o *RetryOptions) check() error {
	var errs []error
	if o.Attempts < 0 {
		errs = append(errs, errors.New("Attempts is negative"))
	}
	if o.Attempts == 0 {
		o.Attempts = DefaultAttempts
	}
	if o.IdempotencyHeader == "" {
		o.IdempotencyHeader = DefaultIdempotencyHeader
	}
	for _, d := range [...]struct {
		name   string
		value  *time.Duration
		preset time.Duration
	}{
		{"Backoff", &o.Backoff, DefaultBackoff},
		{"MaxWait", &o.MaxWait, DefaultMaxWait},
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
