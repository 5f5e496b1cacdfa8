package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"github.com/hooklatch/hooklatch/inbox"
)

const (
	// writeTimeout bounds a transaction of ours.
	writeTimeout = 15 * time.Second

	// grace is how long a handler may take to return once its time is over.
	grace = 3 * time.Second

	// fetchCooldown is the least time between two looks for work. With
	// River's own, 100 ms, it would bound how much gets done.
	fetchCooldown = 5 * time.Millisecond
)

// An Engine is a box on a database. It is an inbox.Runner.
type Engine[TTx any] struct {
	db     Backend[TTx]
	set    inbox.Settings
	queue  *river.Client[TTx] // only inserts
	writes writer
	name   string // of the package, for errors
}

// New migrates the tables and returns the box. name is the package's, for
// errors.
func New[TTx any](ctx context.Context, name string, db Backend[TTx], set inbox.Settings) (*Engine[TTx], error) {
	e := &Engine[TTx]{db: db, set: set, name: name}
	err := e.check()
	if err == nil {
		err = e.migrate(ctx)
	}
	if err == nil {
		// River tells of new jobs once in this time at most, as those who
		// fetch are told of more by the time they fetch again.
		e.queue, err = river.NewClient(db.Driver(), &river.Config{
			Schema: db.Dialect().Schema, Logger: e.quiet(), FetchCooldown: fetchCooldown,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e.writes.flush = e.flush
	return e, nil
}

// check puts in the defaults and finds everything that is wrong.
func (e *Engine[TTx]) check() error {
	s := &e.set
	var errs []error
	for _, n := range [...]struct {
		name   string
		value  *int
		preset int
	}{{"Workers", &s.Workers, inbox.DefaultWorkers}, {"MaxAttempts", &s.MaxAttempts, inbox.DefaultMaxAttempts}} {
		switch {
		case *n.value < 0:
			errs = append(errs, errors.New(n.name+" is negative"))
		case *n.value == 0:
			*n.value = n.preset
		}
	}
	for _, d := range [...]struct {
		name   string
		value  *time.Duration
		preset time.Duration
	}{
		{"HandlerTimeout", &s.HandlerTimeout, inbox.DefaultHandlerTimeout},
		{"MaxRetryAfter", &s.MaxRetryAfter, 24 * time.Hour},
		{"Retain", &s.Retain, inbox.DefaultRetain},
		{"RetainFailed", &s.RetainFailed, inbox.DefaultRetainFailed},
	} {
		switch {
		case *d.value < 0:
			errs = append(errs, errors.New(d.name+" is negative"))
		case *d.value == 0:
			*d.value = d.preset
		}
	}
	if s.Retain > 0 && s.Retain < inbox.MinRetain {
		errs = append(errs, errors.New("retention below MinRetain: retries would take effect again"))
	}
	if s.Backoff == nil {
		s.Backoff = inbox.DefaultBackoff
	}
	return errors.Join(errs...)
}

func (e *Engine[TTx]) logger() *slog.Logger {
	if e.set.Logger != nil {
		return e.set.Logger
	}
	return slog.Default()
}

// quiet is the logger for River: its errors are ours to pass on, its daily
// round is not.
func (e *Engine[TTx]) quiet() *slog.Logger {
	return slog.New(&atLeast{e.logger().Handler(), slog.LevelWarn})
}

// atLeast drops the lines below a level.
type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h *atLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}

func (h *atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &atLeast{h.Handler.WithAttrs(attrs), h.level}
}

func (h *atLeast) WithGroup(name string) slog.Handler {
	return &atLeast{h.Handler.WithGroup(name), h.level}
}

// queueOf returns the name of an endpoint's queue. River takes fewer characters
// than we do, so it is a digest.
func queueOf(endpoint string) string {
	sum := sha256.Sum256([]byte(endpoint))
	return "e-" + hex.EncodeToString(sum[:12])
}

// A delivery is the argument of River's jobs.
type delivery struct {
	Key []byte `json:"key"`
	Run int64  `json:"run"`
}

// Kind implements river.JobArgs.
func (delivery) Kind() string { return "hooklatch_delivery" }

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us)
}

func (e *Engine[TTx]) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", e.name, what, err)
}
