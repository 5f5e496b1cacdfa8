package middleware

import (
	"errors"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
)

// The defaults of [OnceOptions].
const (
	DefaultWait           = 5 * time.Second
	DefaultLease          = 15 * time.Second
	DefaultRetain         = 72 * time.Hour
	DefaultStoreTimeout   = 250 * time.Millisecond
	DefaultHandlerTimeout = time.Minute

	// MinRetain is the shortest retention that Once accepts: a delivery
	// must be remembered for longer than its sender goes on retrying.
	MinRetain = 30 * time.Minute
)

// OnceOptions are what [Once] can be told. Nil and the zero value are ready to
// use: zero durations are the defaults above, unless said otherwise, and
// negative ones make Once panic.
type OnceOptions struct {
	Options

	// ID finds the delivery id where the verifier finds none, or another is
	// to count. Nil takes the envelope's. Whatever it returns must be the
	// same on every retry of one delivery, and of no other.
	ID func(*hooklatch.Delivery) string

	// Wait is how long a delivery whose id is already in flight waits for
	// the other's end before it is sent away.
	Wait time.Duration

	// Lease is for how long a claim outlives a process that was killed
	// while handling it. While the handler runs it is extended three times
	// as often. It must be a second at least, and more than StoreTimeout.
	Lease time.Duration

	// Retain is for how long a completed delivery is remembered, and its
	// duplicates recognised. Once panics if it is below [MinRetain].
	Retain time.Duration

	// StoreTimeout bounds each call of the store (but a Transactor's Begin,
	// which gets the handler's context). When it runs out, the answer is
	// 503: the delivery comes again when the store is back.
	StoreTimeout time.Duration

	// HandlerTimeout bounds the handler's context, which does not end when
	// the sender hangs up. An earlier deadline of the request's own context
	// holds too. A handler that goes on all the same keeps its claim, or it
	// might take effect beside its retry; the log says that it is overdue.
	HandlerTimeout time.Duration

	// ReplayWindow is for how long a verified signature is remembered with
	// the delivery id that it first came with, if the store is an
	// [idempotency.ReplayGuard] and the provider signs a timestamp but not the
	// id. A captured request that is sent again under another id is then
	// taken for what it is, a duplicate. Zero is twice the verifier's
	// tolerance: a timestamp may be that far ahead when first seen.
	ReplayWindow time.Duration

	// NoReplayGuard turns that off: within the verifier's tolerance,
	// whoever has captured a request can make it take effect again.
	NoReplayGuard bool

	// Strict refuses a known id that comes with another body: 409, and
	// nothing takes effect. Otherwise it is answered as the duplicate that
	// it claims to be. Both are logged and reported as Altered.
	Strict bool
}

// check puts in the defaults and finds everything that is wrong.
func (o *OnceOptions) check(s idempotency.Store) error {
	var errs []error
	if s == nil {
		errs = append(errs, errors.New("nil store"))
	}
	for _, d := range [...]struct {
		name   string
		value  *time.Duration
		preset time.Duration
	}{
		{"Wait", &o.Wait, DefaultWait},
		{"Lease", &o.Lease, DefaultLease},
		{"Retain", &o.Retain, DefaultRetain},
		{"StoreTimeout", &o.StoreTimeout, DefaultStoreTimeout},
		{"HandlerTimeout", &o.HandlerTimeout, DefaultHandlerTimeout},
		{"ReplayWindow", &o.ReplayWindow, 0},
	} {
		switch {
		case *d.value < 0:
			errs = append(errs, errors.New(d.name+" is negative"))
		case *d.value == 0:
			*d.value = d.preset
		}
	}
	if o.Lease > 0 && (o.Lease < time.Second || o.Lease <= o.StoreTimeout) {
		errs = append(errs, errors.New("lease below a second, or not more than StoreTimeout"))
	}
	if o.Retain > 0 && o.Retain < MinRetain {
		errs = append(errs, errors.New("retention below MinRetain: retries would take effect again"))
	}
	return errors.Join(errs...)
}
