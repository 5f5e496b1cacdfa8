package middleware

import (
	"context"
	"log/slog"
)

// Options are what every layer can be told. Nil and the zero value are ready
// to use.
type Options struct {
	// Logger gets one line for each request that a layer ends, with
	// provider, delivery id, type, outcome and duration, and never a body, a
	// secret or a signature. A type that is named in the body is known only
	// once a dispatch.Mux has read it, and so is not in the lines of
	// duplicates. Nil is [slog.Default].
	Logger *slog.Logger

	// LogClient adds the client's address (the request's RemoteAddr) to
	// those lines. Addresses are personal data in many places, so they are
	// left out unless asked for.
	LogClient bool

	// Observe, if set, is called with the outcome of each request that a
	// layer ends, just before the answer leaves: the place to count. It must
	// not block and is called concurrently. To keep the outcome's Delivery is
	// to keep the whole request: copy what is wanted of it.
	Observe func(context.Context, Outcome)
}

func (o *Options) orDefault() Options {
	if o == nil {
		return Options{}
	}
	return *o
}

func (o *Options) logger() *slog.Logger {
	if o.Logger != nil {
		return o.Logger
	}
	return slog.Default()
}
