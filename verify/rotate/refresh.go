package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"
)

// usable returns the secrets to verify with: the latest ones, however old, or
// the first that the source gives.
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

// errCrowded says that a refresh is on its way, but that too many wait for it.
var errCrowded = errors.New("too many requests wait for the source")

// refreshed waits for a refresh that is on its way, or due after the interval,
// and returns its error, or the latest one's if there is none. It does not join
// those who wait if they are too many: nobody has verified them.
func (v *Verifier) refreshed(ctx context.Context, interval time.Duration) error {
	v.mu.Lock()
	if !v.flying && !v.due(interval) {
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
	flight := v.join()
	v.mu.Unlock()
	return v.wait(ctx, flight)
}

// refreshBehind has the secrets refreshed and does not wait.
func (v *Verifier) refreshBehind() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.flying && v.due(v.opts.MinInterval) {
		v.join()
	}
}

// newer returns the latest secrets after old ones did not match, once a refresh
// that is on its way or due has ended. Its only error is that too many wait for
// that already: nothing is decided then.
func (v *Verifier) newer(ctx context.Context, old *answer) (*answer, error) {
	if a := v.latest.Load(); a.scheme != old.scheme {
		return a, nil
	}
	if err := v.refreshed(ctx, v.opts.MinInterval); err == errCrowded {
		return nil, err
	} // other errors have been logged by the call itself
	return v.latest.Load(), nil
}

// due reports whether the source may be called again. v.mu is held.
func (v *Verifier) due(interval time.Duration) bool {
	return v.began.IsZero() || time.Since(v.began) >= interval
}

// join calls the source, or joins the call that is on its way. v.mu is held.
func (v *Verifier) join() <-chan singleflight.Result {
	if !v.flying {
		v.flying, v.began = true, time.Now()
	}
	return v.flights.DoChan("", v.fly)
}

// wait waits for a call's end, but not for longer than the caller wants or the
// call should take: a source may ignore its context.
func (v *Verifier) wait(ctx context.Context, flight <-chan singleflight.Result) error {
	patience := time.NewTimer(v.opts.Timeout)
	defer patience.Stop()
	select {
	case r := <-flight:
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return fmt.Errorf("the source did not answer within %v", v.opts.Timeout)
	}
}

// fly is one flight: a call of the source and its bookkeeping.
func (v *Verifier) fly() (any, error) {
	err := errors.New("the source ended its goroutine")
	defer func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.flying, v.failed = false, err
		// From here on nobody may join this flight: it has what it has.
		v.flights.Forget("")
	}()
	err = v.ask()
	return nil, err
}

// ask calls the source, on behalf of no request in particular, and keeps a
// good answer.
func (v *Verifier) ask() error {
	ctx, cancel := context.WithTimeout(context.Background(), v.opts.Timeout)
	defer cancel()
	log := v.opts.Logger
	if log == nil {
		log = slog.Default()
	}
	old, at := v.latest.Load(), time.Now()
	secrets, err := v.source(ctx)
	if err == nil && old != nil && slices.Equal(secrets, old.secrets) {
		v.latest.Store(&answer{old.secrets, old.scheme, at})
		return nil
	}
	if err == nil {
		a := &answer{secrets: slices.Clone(secrets), at: at}
		if a.scheme, err = v.build(a.secrets...); err == nil {
			v.latest.Store(a)
			if old != nil {
				log.Info("webhook secrets changed", "secrets", len(secrets))
			}
			return nil
		}
	}
	if old == nil {
		log.Error("no webhook secrets yet", "error", err)
	} else {
		log.Warn("webhook secrets not refreshed, the last good ones stay in use",
			"error", err, "age", time.Since(old.at))
	}
	return err
}
