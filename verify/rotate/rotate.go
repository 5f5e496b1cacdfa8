// Package rotate verifies with secrets that change while the program runs:
// they come from a secrets manager, and a rotation needs no redeploy.
//
// A [Verifier] asks its [Source] for the secrets when the first request comes
// (or in [Verifier.Refresh], at start), keeps the answer, and asks again when
// it has grown old. A request whose signature does not match makes it ask
// early, so that a secret changed in the provider's dashboard works as soon
// as the manager hands it out.
//
// A manager that is down loses no delivery: the last good answer stays in use
// for as long as it takes.
package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/hooklatch/hooklatch/verify"
)

// A Source returns the secrets that are valid now, the newest first: it reads
// them from AWS Secrets Manager, GCP Secret Manager, Vault or a file. While a
// rotation is under way it returns the old secret too.
//
// The context ends after [Options.Timeout]; a Source should stop then. It
// carries nothing of any request. No second call starts before the first has
// returned. A Source must not panic: it runs on a goroutine of its own, where
// nothing recovers.
//
// Its errors are logged and, as long as no secrets are known, wrapped in those
// of [Verifier.Verify]: they should not hold a secret.
type Source func(ctx context.Context) (secrets []string, err error)

// Options are the times of a [Verifier]. The zero value and nil mean the
// defaults.
type Options struct {
	// MaxAge is for how long an answer of the source is used before the
	// source is asked again. Zero means 5 minutes.
	MaxAge time.Duration

	// MinInterval is the least time between the starts of two calls of the
	// source, whatever their reason and outcome; only [Verifier.Refresh]
	// does not heed it. It is what a flood of forged requests can cost at
	// most. Zero means 10 seconds.
	MinInterval time.Duration

	// Timeout limits one call of the source, and how long a request waits
	// for it. Zero means 5 seconds.
	Timeout time.Duration

	// Logger hears of changed secrets and of calls that failed. Nil means
	// slog.Default().
	Logger *slog.Logger
}

const (
	defaultMaxAge      = 5 * time.Minute
	defaultMinInterval = 10 * time.Second
	defaultTimeout     = 5 * time.Second

	// While no secrets are known every request is turned away: the source
	// is then asked more often than MinInterval allows.
	coldInterval = time.Second

	// maxWaiting is how many requests may wait for the source at once: for
	// the first secrets, or for newer ones after a wrong signature. Those
	// beyond it are asked to come again, and cost no memory.
	maxWaiting = 64
)

// A Verifier is a [verify.Verifier] over the newest secrets of a [Source].
// Make one with [New]. It is safe for concurrent use.
type Verifier struct {
	source Source
	build  func(secrets ...string) (*verify.Scheme, error)
	opts   Options

	latest  atomic.Pointer[answer] // nil until the source has answered well
	waiting chan struct{}          // one for each request that waits for the source

	flights singleflight.Group // of the one key ""

	mu     sync.Mutex
	flying bool      // a call of the source is on its way
	began  time.Time // when the latest call began
	failed error     // why it failed, if it did
}

// An answer of the source that a scheme could be built from.
type answer struct {
	secrets []string
	scheme  *verify.Scheme // the same one as long as the secrets are
	at      time.Time
}

// New returns a verifier over the secrets of source. It makes its schemes with
// build: one of package verify's constructors, or a function around one that
// sets the scheme's fields.
//
//	v := rotate.New(source, provider.Linktree, nil)
//
// New calls neither function and starts nothing. It panics if one is nil.
func New(source Source, build func(secrets ...string) (*verify.Scheme, error), o *Options) *Verifier {
	if source == nil || build == nil {
		panic("rotate: New with a nil function")
	}
	v := &Verifier{source: source, build: build, waiting: make(chan struct{}, maxWaiting)}
	if o != nil {
		v.opts = *o
	}
	setDefault(&v.opts.MaxAge, defaultMaxAge)
	setDefault(&v.opts.MinInterval, defaultMinInterval)
	setDefault(&v.opts.Timeout, defaultTimeout)
	return v
}

func setDefault(d *time.Duration, value time.Duration) {
	if *d <= 0 {
		*d = value
	}
}

// Verify verifies with the newest secrets known.
//
// If they are older than [Options.MaxAge] it uses them all the same, and has
// them refreshed meanwhile. If the signature matches none of them it asks the
// source at once, unless it did within [Options.MinInterval], and verifies
// again if the secrets have changed. Other refusals are final.
//
// For a request that is to be refused the error wraps a [*verify.Error]. It
// does not when no secrets are known because the source has failed or has not
// answered in time, or when too many requests wait for it already: the request
// may be genuine and should be tried again.
func (v *Verifier) Verify(ctx context.Context, h http.Header, body []byte) (verify.Envelope, error) {
	known, err := v.usable(ctx)
	if err != nil {
		return verify.Envelope{}, err
	}
	env, err := known.scheme.Verify(ctx, h, body)
	if !errors.Is(err, verify.ErrMismatch) {
		return env, err
	}
	newer, crowded := v.newer(ctx, known)
	switch {
	case crowded != nil:
		return verify.Envelope{}, fmt.Errorf("rotate: %w", crowded)
	case newer.scheme != known.scheme:
		return newer.scheme.Verify(ctx, h, body)
	}
	return env, err
}

// CheckHeader is the scheme's own. As long as no secrets are known it is nil:
// it never calls the source.
func (v *Verifier) CheckHeader(h http.Header) error {
	if known := v.latest.Load(); known != nil {
		return known.scheme.CheckHeader(h)
	}
	return nil
}

// Refresh asks the source now, or waits for the call that is on its way, and
// returns that call's error. Call it before the program listens, to learn early
// that the source doesn't work, and so that no request has to wait. The verifier
// works without it.
//
// It returns when ctx ends, at the latest after [Options.Timeout]; the call
// goes on without it.
func (v *Verifier) Refresh(ctx context.Context) error {
	v.mu.Lock()
	flight := v.join()
	v.mu.Unlock()
	return v.wait(ctx, flight)
}

// unavailable is the error while no secrets are known. It never wraps a
// verify.Error, which would say that the request is to be refused.
func unavailable(err error) error {
	var refusal *verify.Error
	if errors.As(err, &refusal) {
		return fmt.Errorf("rotate: no secrets known yet: %v", err)
	}
	return fmt.Errorf("rotate: no secrets known yet: %w", err)
}
