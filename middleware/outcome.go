package middleware

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/verify"
)

// A Result says how a request ended. Layers of your own may report others than
// those below; see [Endpoint.Report].
type Result string

// The results, by the layer that ends a request with them.
const (
	// Accept
	Probed           Result = "probed"             // HEAD: the sender checks that the address is served; 200
	MethodNotAllowed Result = "method not allowed" // 405

	// Accept and Verify
	Unsigned  Result = "unsigned"  // a required header is missing; 401
	Refused   Result = "refused"   // not genuine, or too old; 403
	Undecided Result = "undecided" // the verifier could not decide; 503

	// Capture
	TooLarge   Result = "too large"  // body over the limit; 413
	TooSlow    Result = "too slow"   // body not read in time; 408
	Unreadable Result = "unreadable" // connection broke while the body was read; 400

	// Capture, Limit and Once
	Overloaded   Result = "overloaded"    // no room for more at once; 503
	ShuttingDown Result = "shutting down" // Shutdown was called; 503

	// Once
	BadID        Result = "bad delivery id" // missing, too long or not printable ASCII; 400
	Completed    Result = "completed"       // handled, and marked done
	UnknownType  Result = "unknown type"    // acknowledged without a handler, and marked done
	DeadLettered Result = "dead-lettered"   // failed for good, taken by the hook, and marked done
	Duplicate    Result = "duplicate"       // had been done before; 200
	Conflict     Result = "conflict"        // known id, another body, and Strict is set; 409
	Busy         Result = "in flight"       // another attempt is being handled; 503
	Failed       Result = "failed"          // the handler failed; the claim is released
	Panicked     Result = "panicked"        // the handler panicked; the claim is released
	Lost         Result = "lost"            // another attempt took over while the handler ran; 503
	Unavailable  Result = "store down"      // the store did not answer; 503

	// Once, after Unavailable, when the handler had succeeded but the store
	// could not be told
	CompletedLate Result = "completed late" // the store could be told in the end
	Abandoned     Result = "abandoned"      // it could not: the retry will take effect again

	// Any layer
	Misplaced Result = "misplaced" // a layer that must come before is missing, or the body was consumed; 500
)

// An Outcome says how one request ended. [EndpointOptions].Observe gets it.
type Outcome struct {
	Endpoint string              // the endpoint's name
	Result   Result              // how the request ended
	Delivery *hooklatch.Delivery // what is known of it; nil before the body was captured
	ID       string              // the id that the Once layer claimed; empty before
	Duration time.Duration       // since the request reached Capture; zero if it did not
	Err      error               // why, if there is an error to tell: the handler's own if it failed
	Replay   bool                // a known signature came under another id
	Altered  bool                // a known id came with another body

	// Explanation is what is wrong with a refused request, if
	// [EndpointOptions].Explain asks for it; nil otherwise.
	Explanation *verify.Explanation
}

// level is loud for what a person must see and quiet for the daily round,
// to which scans from all over the internet belong.
func (o *Outcome) level() slog.Level {
	switch o.Result {
	case Misplaced, Unavailable, Abandoned, Lost, Failed, Panicked, Undecided:
		return slog.LevelError
	case Refused, TooLarge, Overloaded, BadID, Conflict, UnknownType, DeadLettered:
		return slog.LevelWarn
	}
	if o.Replay || o.Altered {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// Report tells the endpoint's log and Observe function how r ended. The
// endpoint's own layers call it; it is for layers of your own that end requests.
// Report fills in the Endpoint and, where they are zero, the Delivery from r's
// context and the Duration.
func (e *Endpoint) Report(r *http.Request, out Outcome) {
	ctx := r.Context()
	out.Endpoint = e.name
	if out.Delivery == nil {
		out.Delivery, _ = hooklatch.FromContext(ctx)
	}
	if d := out.Delivery; d != nil && out.Duration == 0 && !d.Received.IsZero() {
		out.Duration = time.Since(d.Received)
	}
	e.observe(ctx, out)
	if l, level := e.logger(), out.level(); l.Enabled(ctx, level) {
		l.LogAttrs(ctx, level, "webhook "+string(out.Result), e.attrs(r, &out)...)
	}
}

// observe calls the program's Observe function. A panic in it must neither decide
// on a delivery nor end the program.
func (e *Endpoint) observe(ctx context.Context, out Outcome) {
	if e.opts.Observe == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			e.logger().LogAttrs(ctx, slog.LevelError, "webhook observer panicked",
				slog.String("endpoint", e.name), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
		}
	}()
	e.opts.Observe(ctx, out)
}

// attrs returns what the log line says of an outcome.
func (e *Endpoint) attrs(r *http.Request, out *Outcome) []slog.Attr {
	attrs := append(make([]slog.Attr, 0, 16), slog.String("endpoint", e.name))
	verified := false
	if d := out.Delivery; d != nil {
		verified = d.Provider != ""
		attrs = append(attrs, slog.Attr{Value: d.Envelope.LogValue()})
		if out.ID != "" && out.ID != d.ID {
			attrs = append(attrs, slog.String("claimed_id", out.ID))
		}
	}
	attrs = append(attrs, slog.String("outcome", string(out.Result)), slog.Duration("duration", out.Duration))
	var refused *verify.Error
	if !verified && errors.As(out.Err, &refused) {
		attrs = append(attrs, slog.String("provider", refused.Scheme))
	}
	if !verified && r.URL != nil {
		attrs = append(attrs, slog.String("path", bounded(r.URL.Path)))
	}
	if out.Err != nil {
		attrs = append(attrs, slog.Any("error", out.Err))
	}
	if stack := stackOf(out.Err); stack != nil {
		attrs = append(attrs, slog.String("stack", string(stack)))
	}
	if out.Explanation != nil {
		attrs = append(attrs, slog.Any("explanation", *out.Explanation))
	}
	if out.Replay {
		attrs = append(attrs, slog.Bool("replay", true), slog.String("reason", "same signature under another id"))
	}
	if out.Altered {
		attrs = append(attrs, slog.Bool("altered", true))
	}
	if e.opts.LogClient {
		attrs = append(attrs, slog.String("client", r.RemoteAddr))
	}
	return attrs
}

// bounded cuts off a text that a sender may have chosen freely.
func bounded(s string) string {
	const most = 255
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// stackOf returns the stack of a panic that a router has turned into an error.
func stackOf(err error) []byte {
	var panicked interface{ StackTrace() []byte }
	if errors.As(err, &panicked) {
		return panicked.StackTrace()
	}
	return nil
}
