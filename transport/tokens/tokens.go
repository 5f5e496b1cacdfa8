// Package tokens has a [transport.Source] of tokens that change while the program
// runs: they come from a secrets manager, and a rotation needs no redeploy.
//
// A [Source] asks the manager when the first request comes (or in
// [Source.Refresh], at start), keeps the answer, and asks again when the answer
// is old, while requests go on with what there is. A token that the provider has
// refused makes it ask at once. A manager that is down costs nothing: the last
// good answer is used until it is back. A manager that answers that there are no
// tokens withdraws them.
package tokens

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/hooklatch/hooklatch/transport"
)

// Options are the times of a [Source]. The zero value and nil mean the defaults.
type Options struct {
	// MaxAge is how old the manager's answer may be before it is asked again.
	// Zero is 5 minutes.
	MaxAge time.Duration

	// MinInterval is the least time between two calls of the manager, except
	// for those by [Source.Refresh]. Zero is 10 seconds.
	MinInterval time.Duration

	// Timeout limits one call of the manager. Zero is 5 seconds.
	Timeout time.Duration

	// OldAfter is the age from which on a token is worth a warning, once a
	// day. Zero is 90 days.
	OldAfter time.Duration

	// Logger gets a line for a call that failed, for tokens that were changed
	// or withdrawn, and for a token that is old. Nil is [slog.Default].
	Logger *slog.Logger
}

// ErrWithdrawn says that the manager has no tokens any more.
var ErrWithdrawn = errors.New("the tokens were withdrawn")

// A Source is a [transport.Source] of the newest tokens of a [Manager]. Make one
// with [New]. It is safe for concurrent use.
type Source struct {
	manager Manager
	opts    Options
	calls   singleflight.Group // of the one key ""

	mu      sync.Mutex
	tokens  []Token   // nil: none are known
	at      time.Time // when the manager answered so
	began   time.Time // when the last call began
	calling bool      // it has not ended yet
	failed  error     // why it failed, if it did
	warned  time.Time // of an old token
}

// New returns a source. It does not ask the manager yet, and starts nothing. It
// panics if the manager is nil or an option is negative.
func New(manager Manager, o *Options) *Source {
	s := &Source{manager: manager}
	if o != nil {
		s.opts = *o
	}
	if manager == nil || min(s.opts.MaxAge, s.opts.MinInterval, s.opts.Timeout, s.opts.OldAfter) < 0 {
		panic("tokens: New: nil manager, or a negative option")
	}
	for _, d := range [...]struct {
		value  *time.Duration
		preset time.Duration
	}{
		{&s.opts.MaxAge, 5 * time.Minute},
		{&s.opts.MinInterval, 10 * time.Second},
		{&s.opts.Timeout, 5 * time.Second},
		{&s.opts.OldAfter, 90 * 24 * time.Hour},
	} {
		if *d.value == 0 {
			*d.value = d.preset
		}
	}
	return s
}

var _ transport.Source = (*Source)(nil)

// Token returns the newest token. It waits for the manager only as long as no
// token is known. With a rejected one it asks the manager, unless it has done so
// just now, and returns the newest that is another, or the rejected one if there
// is none.
func (s *Source) Token(ctx context.Context, rejected string) (string, error) {
	known, old, due := s.state()
	switch {
	case !known || rejected != "" && s.newest(rejected) == rejected:
		if due {
			if err := s.wait(ctx); err != nil && !known {
				return "", err
			}
		}
	case old && due:
		s.calls.DoChan("", s.call) // and the request goes on
	}
	return s.current(rejected)
}

// Refresh asks the manager now, and returns why there is no newer answer, if
// there is none: to be called at start, or when a rotation is known of.
func (s *Source) Refresh(ctx context.Context) error { return s.wait(ctx) }

// Issued returns when the newest token was issued; zero if that is not known.
func (s *Source) Issued() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.tokens) == 0 {
		return time.Time{}
	}
	return s.tokens[0].Issued
}

// state tells whether tokens, or that there are none, are known; whether that is
// old; and whether the manager may be asked, or is being asked.
func (s *Source) state() (known, old, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	return s.tokens != nil, now.Sub(s.at) >= s.opts.MaxAge,
		s.calling || s.began.IsZero() || now.Sub(s.began) >= s.opts.MinInterval
}

// newest returns the newest token that is not the rejected one, or that.
func (s *Source) newest(rejected string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.Value != rejected {
			return t.Value
		}
	}
	return rejected
}

func (s *Source) current(rejected string) (string, error) {
	s.mu.Lock()
	failed, known := s.failed, s.tokens != nil
	withdrawn := known && len(s.tokens) == 0
	s.mu.Unlock()
	switch {
	case withdrawn:
		return "", ErrWithdrawn
	case !known && failed != nil:
		return "", failed
	case !known:
		return "", errors.New("the manager has not answered yet")
	}
	return s.newest(rejected), nil
}

// wait waits for a call of the manager, its own or another's.
func (s *Source) wait(ctx context.Context) error {
	select {
	case r := <-s.calls.DoChan("", s.call):
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// call asks the manager once.
func (s *Source) call() (_ any, err error) {
	s.mu.Lock()
	s.began, s.calling = time.Now(), true
	s.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("the manager panicked")
		}
		s.note(err)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.Timeout)
	defer cancel()
	all, err := s.manager(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(t Token) bool { return t.Value == "" })
	if all == nil {
		all = []Token{}
	}
	s.take(all)
	return nil, nil
}

// take puts the manager's answer into use.
func (s *Source) take(all []Token) {
	s.mu.Lock()
	now := time.Now()
	changed := s.tokens != nil && !slices.Equal(s.tokens, all)
	s.tokens, s.at = all, now
	var age time.Duration
	if len(all) > 0 && !all[0].Issued.IsZero() && now.Sub(s.warned) >= 24*time.Hour {
		if age = now.Sub(all[0].Issued); age >= s.opts.OldAfter {
			s.warned = now
		} else {
			age = 0
		}
	}
	s.mu.Unlock()
	switch {
	case len(all) == 0:
		s.log(slog.LevelError, "the manager has no tokens: they were withdrawn")
	case changed:
		s.log(slog.LevelInfo, "tokens changed", slog.Int("tokens", len(all)))
	}
	if age > 0 {
		s.log(slog.LevelWarn, "the token is old: issue a new one", slog.Int("days", int(age/(24*time.Hour))))
	}
}

// note remembers how a call ended.
func (s *Source) note(err error) {
	s.mu.Lock()
	s.failed, s.calling = err, false
	s.mu.Unlock()
	if err != nil {
		s.log(slog.LevelWarn, "the tokens could not be read", slog.Any("err", err))
	}
}

func (s *Source) log(level slog.Level, text string, attrs ...slog.Attr) {
	log := s.opts.Logger
	if log == nil {
		log = slog.Default()
	}
	log.LogAttrs(context.Background(), level, text, attrs...)
}
