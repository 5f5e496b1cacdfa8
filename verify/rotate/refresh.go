package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/hooklatch/hooklatch/verify"
)

var (
	errEnded = errors.New("the source ended its goroutine")

	// errCrowded says that a call of the source is under way, but that too
	// many requests wait for it.
	errCrowded = errors.New("too many requests wait for the source")

	// errWithdrawn says that the source had secrets and has none any more.
	errWithdrawn = fmt.Errorf("the source has no secrets any more: %w", verify.ErrNoSecret)
)

// usable returns the latest answer, however old, or waits for the first.
func (v *Verifier) usable(ctx context.Context) (*answer, error) {
	if a := v.latest.Load(); a != nil {
		if time.Since(a.at) >= v.opts.MaxAge {
			v.refreshBehind()
		}
		return a, nil
	}
	err := v.refreshed(ctx, min(coldInterval, v.opts.MinInterval))
	if a := v.latest.Load(); a != nil {
		return a, nil
	}
	return nil, unavailable(err)
}

// refreshed waits for the call that is under way, or starts one if the last
// began an interval ago. It returns that call's error, or the last one's if
// there is none to wait for. It does not wait if too many requests do already:
// they are unverified.
func (v *Verifier) refreshed(ctx context.Context, interval time.Duration) error {
	v.mu.Lock()
	if !v.calling && !v.due(interval) {
		defer v.mu.Unlock()
		return v.failed
	}
	select {
	case v.waiting <- struct{}{}:
		defer func() { <-v.waiting }()
	default:
		v.mu.Unlock()
		return errCrowded
	}
	result := v.join()
	v.mu.Unlock()
	return v.wait(ctx, result)
}

// refreshBehind starts a call if one is due, and does not wait for it.
func (v *Verifier) refreshBehind() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.calling && v.due(v.opts.MinInterval) {
		v.join()
	}
}

// newer returns the latest answer after an old one did not match, once a call
// that is under way or due has ended. Its only error is errCrowded: nothing is
// decided then.
func (v *Verifier) newer(ctx context.Context, old *answer) (*answer, error) {
	if a := v.latest.Load(); a.scheme != old.scheme {
		return a, nil
	}
	if err := v.refreshed(ctx, v.opts.MinInterval); err == errCrowded {
		return nil, err
	} // the call itself has logged other errors
	return v.latest.Load(), nil
}

// due reports whether the source may be called again. v.mu is locked.
func (v *Verifier) due(interval time.Duration) bool {
	return v.began.IsZero() || time.Since(v.began) >= interval
}

// join starts a call of the source, or joins the one under way. v.mu is locked.
func (v *Verifier) join() <-chan singleflight.Result {
	if !v.calling {
		v.calling, v.began = true, time.Now()
	}
	return v.calls.DoChan("", v.call)
}

// wait waits for a call's result, but not longer than ctx or Timeout allows: a
// source may ignore its context.
func (v *Verifier) wait(ctx context.Context, result <-chan singleflight.Result) error {
	patience := time.NewTimer(v.opts.Timeout)
	defer patience.Stop()
	select {
	case r := <-result:
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return v.timedOut()
	}
}

func (v *Verifier) timedOut() error {
	return fmt.Errorf("the source did not answer within %v", v.opts.Timeout)
}

// call calls the source and keeps track of that.
func (v *Verifier) call() (any, error) {
	err, returned := errEnded, false
	defer func() {
		if !returned {
			v.logFailure(err)
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.calling, v.failed = false, err
		// Requests that come from here on need a new call.
		v.calls.Forget("")
	}()
	err = v.update()
	returned = true
	return nil, err
}

// update calls the source, on behalf of no request in particular, and keeps a
// good answer.
func (v *Verifier) update() error {
	at := time.Now()
	secrets, err := v.ask()
	if err != nil {
		v.logFailure(err)
		return err
	}
	old := v.latest.Load()
	switch {
	case old != nil && isBlank(secrets):
		v.withdraw(old, at)
		return errWithdrawn
	case old != nil && slices.Equal(secrets, old.secrets):
		v.latest.Store(&answer{secrets: old.secrets, scheme: old.scheme, at: at})
		return nil
	}
	a := &answer{secrets: slices.Clone(secrets), at: at}
	if a.scheme, err = v.build(a.secrets...); err != nil {
		v.logFailure(err)
		return err
	}
	v.latest.Store(a)
	if old != nil {
		v.logger().Info("webhook secrets changed", "secrets", len(secrets))
	}
	return nil
}

// isBlank reports whether none of the secrets could be one.
func isBlank(secrets []string) bool {
	return !slices.ContainsFunc(secrets, func(s string) bool { return strings.TrimSpace(s) != "" })
}

// withdraw has all requests refused until the source has secrets again.
func (v *Verifier) withdraw(old *answer, at time.Time) {
	a := &answer{at: at, withdrawn: old.withdrawn}
	if old.scheme != nil {
		a.withdrawn = &verify.Error{Scheme: old.scheme.Name(), Err: verify.ErrNoSecret}
		v.logger().Error("webhook secrets withdrawn: all requests are refused until the source has new ones")
	}
	v.latest.Store(a)
}

// ask calls the source with a time limit, and logs if it doesn't return.
func (v *Verifier) ask() ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), v.opts.Timeout)
	defer cancel()
	returned := make(chan struct{})
	defer close(returned)
	go v.watch(returned)
	secrets, err := v.source(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", v.timedOut(), err)
	}
	return secrets, err
}

// watch logs that the source ignores its context, until it returns: meanwhile
// no secrets are refreshed.
func (v *Verifier) watch(returned <-chan struct{}) {
	began := time.Now()
	late := time.NewTimer(v.opts.Timeout + hangGrace)
	defer late.Stop()
	for {
		select {
		case <-returned:
			return
		case <-late.C:
			v.logger().Error("the source of webhook secrets hangs: secrets are not refreshed until it returns", "for", time.Since(began))
			late.Reset(v.opts.MaxAge)
		}
	}
}

// logFailure logs that a call failed, at a level that fits what that means.
func (v *Verifier) logFailure(err error) {
	level := slog.LevelWarn
	if errors.Is(err, context.DeadlineExceeded) {
		level = slog.LevelError
	}
	switch a := v.latest.Load(); {
	case a == nil:
		v.logger().Error("no webhook secrets yet", "error", err)
	case a.scheme == nil:
		v.logger().Error("webhook secrets not refreshed, and the old ones were withdrawn: all requests are refused", "error", err)
	default:
		v.logger().Log(context.Background(), level, "webhook secrets not refreshed, the last good ones stay in use",
			"error", err, "age", time.Since(a.at))
	}
}

func (v *Verifier) logger() *slog.Logger {
	if v.opts.Logger != nil {
		return v.opts.Logger
	}
	return slog.Default()
}
