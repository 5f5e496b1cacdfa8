// Package rotate verifies with secrets that change while the program runs:
// they come from a secrets manager, and a rotation needs no redeploy.
//
// A [Verifier] asks its [Source] for the secrets when the first request comes
// (or in [Verifier.Refresh], at start), keeps the answer, and asks again when
// the answer is old. A request whose signature does not match makes it ask
// early, so that a secret changed in the provider's dashboard works as soon as
// the manager has it.
//
// A manager that is down loses no delivery: the Verifier uses the last good
// answer until the manager is back. A manager that answers that there are no
// secrets withdraws them: the Verifier then refuses all requests.
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
// them from AWS Secrets Manager, GCP Secret Manager, Vault or a file. During a
// rotation it returns the old secret, too.
//
// No secrets, or only blank ones, and a nil error mean that the secrets were
// withdrawn, because they leaked, say. A source that can't tell must return an
// error.
//
// The context ends after [Options.Timeout], and carries no request's values. A
// Source should return then: no second call starts before the first has
// returned, and so the secrets stay as they are. A Source must not panic: it
// runs on a goroutine of its own, where nothing recovers.
//
// Its errors are logged and, as long as no secrets are known, wrapped in those
// of [Verifier.Verify]: they should not hold a secret.
type Source func(ctx context.Context) (secrets []string, err error)

// Options are the times of a [Verifier]. The zero value and nil mean the
// defaults.
type Options struct {
	// MaxAge is how old an answer of the source may be before the Verifier
	// asks again. Zero means 5 minutes.
	MaxAge time.Duration

	// MinInterval is the least time between the starts of two calls of the
	// source, except for those by [Verifier.Refresh]. It limits what a flood
	// of forged requests can cost. Zero means 10 seconds.
	MinInterval time.Duration

	// Timeout limits one call of the source, and how long a request waits
	// for it. Zero means 5 seconds.
	Timeout time.Duration

	// Logger gets a line for changed and for withdrawn secrets, and for a
	// call that failed or hangs. Nil means slog.Default().
	Logger *slog.Logger
}

const (
	defaultMaxAge      = 5 * time.Minute
	defaultMinInterval = 10 * time.Second
	defaultTimeout     = 5 * time.Second

	// coldInterval takes the place of MinInterval while no secrets are known,
	// since no request can be verified then.
	coldInterval = time.Second

	// maxWaiting is how many requests may wait for the source at once: for
	// the first secrets, or for newer ones after a wrong signature. For
	// those beyond it nothing is decided, and they hold no memory.
	maxWaiting = 64

	// hangGrace is how long a source may take to return once its context has
	// ended.
	hangGrace = time.Second
)

// A Verifier is a [verify.Verifier] over the newest secrets of a [Source].
// Make one with [New]. It is safe for concurrent use.
type Verifier struct {
	source Source
	build  func(secrets ...string) (*verify.Scheme, error)
	opts   Options

	latest  atomic.Pointer[answer] // nil until the source has answered well
	waiting chan struct{}          // one for each request that waits for the source

	calls singleflight.Group // of the one key ""

	mu      sync.Mutex
	calling bool      // a call of the source is under way
	began   time.Time // when the latest call began
	failed  error     // why it failed, if it did
}

// An answer is one of the source: either a scheme could be built from it, or it
// withdrew the secrets.
type answer struct {
	secrets   []string
	scheme    *verify.Scheme // the same as before if the secrets are; nil if withdrawn
	withdrawn error          // a *verify.Error, or nil
	at        time.Time
}

func (a *answer) verify(ctx context.Context, r verify.Request, body []byte) (verify.Envelope, error) {
	if a.scheme == nil {
		return verify.Envelope{}, a.withdrawn
	}
	return a.scheme.VerifyRequest(ctx, r, body)
}

// New returns a Verifier over the secrets of source. It makes its schemes with
// build: one of package provider's constructors, or a function that calls one
// and sets the scheme's fields.
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
// If they are older than [Options.MaxAge], it uses them all the same, and
// refreshes them meanwhile. If the signature matches none of them, it asks the
// source at once, unless it did within [Options.MinInterval], and verifies again
// if the secrets have changed. Other refusals are final.
//
// If the request is to be refused, the error wraps a [*verify.Error]; once the
// secrets were withdrawn, that is [verify.ErrNoSecret]. Any other error means
// that nothing is decided: no secrets are known, because the source has failed
// or has not answered in time, or too many requests wait for it. The request may
// be genuine, and the sender should try again.
func (v *Verifier) Verify(ctx context.Context, h http.Header, body []byte) (verify.Envelope, error) {
	return v.VerifyRequest(ctx, verify.Request{Header: h}, body)
}

// NeedsRequest returns true: only a scheme knows, and there may be none yet.
func (v *Verifier) NeedsRequest() bool { return true }

// VerifyRequest is Verify for schemes that sign the request's method or URL; see
// [verify.RequestVerifier].
func (v *Verifier) VerifyRequest(ctx context.Context, r verify.Request, body []byte) (verify.Envelope, error) {
	known, err := v.usable(ctx)
	if err != nil {
		return verify.Envelope{}, err
	}
	env, err := known.verify(ctx, r, body)
	if known.scheme != nil && !errors.Is(err, verify.ErrMismatch) {
		return env, err
	}
	newer, crowded := v.newer(ctx, known)
	switch {
	case crowded != nil && known.scheme != nil:
		return verify.Envelope{}, fmt.Errorf("rotate: %w", crowded)
	case crowded == nil && newer.scheme != known.scheme:
		return newer.verify(ctx, r, body)
	}
	return env, err
}

// CheckHeader is the scheme's own. It never calls the source: it returns nil as
// long as no secrets are known, and once they were withdrawn, since Verify may
// find new ones.
func (v *Verifier) CheckHeader(h http.Header) error {
	if known := v.latest.Load(); known != nil && known.scheme != nil {
		return known.scheme.CheckHeader(h)
	}
	return nil
}

// Explain is the scheme's own, for the secrets known now. It never calls the
// source. As long as no secrets are known, and once they were withdrawn, the
// Explanation has an Err and nothing else.
func (v *Verifier) Explain(h http.Header, body []byte, o *verify.ExplainOptions) verify.Explanation {
	known := v.latest.Load()
	switch {
	case known == nil:
		return verify.Explanation{Err: errUnknown, HeadersOnly: body == nil}
	case known.scheme == nil:
		return verify.Explanation{Err: known.withdrawn, HeadersOnly: body == nil}
	}
	return known.scheme.Explain(h, body, o)
}

// ExplainID is the scheme's own, for the secrets known now; nil if there are
// none. It never calls the source.
func (v *Verifier) ExplainID(h http.Header, body []byte) error {
	if known := v.latest.Load(); known != nil {
		return known.scheme.ExplainID(h, body)
	}
	return nil
}

// Refresh asks the source now, or waits for the call that is under way, and
// returns that call's error. Call it before the program listens, to learn early
// that the source doesn't work, and so that no request has to wait. The Verifier
// works without it. If the source has withdrawn the secrets, the error wraps
// [verify.ErrNoSecret].
//
// It returns when ctx ends, at the latest after [Options.Timeout]. The call goes
// on without it.
func (v *Verifier) Refresh(ctx context.Context) error {
	v.mu.Lock()
	result := v.join()
	v.mu.Unlock()
	return v.wait(ctx, result)
}

var errUnknown = errors.New("rotate: no secrets known yet")

// unavailable is the error while no secrets are known. It never wraps a
// verify.Error, which would say that the request is to be refused.
func unavailable(err error) error {
	var refusal *verify.Error
	if errors.As(err, &refusal) {
		return fmt.Errorf("%w: %v", errUnknown, err)
	}
	return fmt.Errorf("%w: %w", errUnknown, err)
}
