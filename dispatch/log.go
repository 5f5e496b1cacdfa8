package dispatch

import (
	"context"
	"log/slog"

	"github.com/hooklatch/hooklatch"
)

func (m *Mux) logUnknown(ctx context.Context, d *hooklatch.Delivery) {
	m.log(ctx, slog.LevelWarn, "webhook type unknown: acknowledged without a handler", d)
}

func (m *Mux) logDeadLetter(ctx context.Context, d *hooklatch.Delivery, err error) {
	m.log(ctx, slog.LevelWarn, "webhook dead-lettered", d, slog.Any("error", err))
}

func (m *Mux) logFailed(ctx context.Context, d *hooklatch.Delivery, status int, v verdict, err error) {
	level := slog.LevelError
	attrs := []slog.Attr{slog.Int("status", status), slog.Any("error", err)}
	switch v.class {
	case later:
		level = slog.LevelWarn
		attrs = append(attrs, slog.Duration("retry_after", v.delay))
	case permanent:
		attrs = append(attrs, slog.Bool("permanent", true))
	}
	if panicked := panicOf(err); panicked != nil {
		attrs = append(attrs, slog.String("stack", string(panicked.Stack)))
	}
	m.log(ctx, level, "webhook failed", d, attrs...)
}

// log writes a line about a delivery, which is nil where there is none.
func (m *Mux) log(ctx context.Context, level slog.Level, msg string, d *hooklatch.Delivery, more ...slog.Attr) {
	l := m.Logger
	if l == nil {
		l = slog.Default()
	}
	if !l.Enabled(ctx, level) {
		return
	}
	if d != nil {
		more = append([]slog.Attr{{Value: d.LogValue()}}, more...)
	}
	l.LogAttrs(ctx, level, msg, more...)
}
