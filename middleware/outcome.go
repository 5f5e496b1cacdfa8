package middleware

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch"
)

// A Result says how a request ended.
type Result string

// The results, by the layer that ends a request with them.
const (
	// Accept
	Probed           Result = "probed"             // HEAD: the sender asks whether anybody is there; 200
	MethodNotAllowed Result = "method not allowed" // 405

	// Accept and Verify
	Unsigned  Result = "unsigned"  // a required header is missing; 401
	Refused   Result = "refused"   // not genuine, or too old; 403
	Undecided Result = "undecided" // the verifier could not decide; 503

	// Capture
	TooLarge   Result = "too large"  // body over the limit; 413
	TooSlow    Result = "too slow"   // body not read in time; 408
	Unreadable Result = "unreadable" // connection broke while the body was read; 400

	// Limit
	Overloaded Result = "overloaded" // too many deliveries in hand; 503

	// Once
	BadID       Result = "bad delivery id" // missing, too long or not printable ASCII; 400
	Completed   Result = "completed"       // handled, and marked done
	Duplicate   Result = "duplicate"       // had been done before; 200
	Conflict    Result = "conflict"        // known id, another body, and Strict is set; 409
	Busy        Result = "in flight"       // somebody else is at it; 503
	Failed      Result = "failed"          // the handler failed; the claim is released
	Lost        Result = "lost"            // somebody took over while the handler ran; 503
	Unavailable Result = "store down"      // the store did not answer; 503

	// Once, after Unavailable, when the handler had succeeded but the store
	// could not be told
	CompletedLate Result = "completed late" // the store could be told in the end
	Abandoned     Result = "abandoned"      // it could not: the retry will take effect again

	// Any layer
	Misplaced Result = "misplaced" // a layer that must come before is missing, or the body was eaten; 500
)

// An Outcome tells an [Options] Observe function how one request ended.
type Outcome struct {
	Result   Result
	Delivery *hooklatch.Delivery // what is known of it; nil before the body was captured
	Duration time.Duration       // since the request reached Capture; zero if it did not
	Err      error               // why, if there is an error to tell
	Replay   bool                // a known signature came under another id
	Altered  bool                // a known id came with another body
}

// since returns how long ago d reached Capture, or zero if it did not.
func since(d *hooklatch.Delivery) time.Duration {
	if d == nil || d.Received.IsZero() {
		return 0
	}
	return time.Since(d.Received)
}

// level is loud for what an operator must see and quiet for the daily round.
func (o *Outcome) level() slog.Level {
	switch o.Result {
	case Misplaced, Unavailable, Abandoned, Lost, Failed, Undecided:
		return slog.LevelError
	case Completed, CompletedLate, Duplicate, Probed:
		if o.Replay || o.Altered {
			return slog.LevelWarn
		}
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// end tells the log and the observer how a request ended.
func (o *Options) end(r *http.Request, out Outcome) {
	ctx := r.Context()
	if o.Observe != nil {
		o.Observe(ctx, out)
	}
	l, level := o.logger(), out.level()
	if !l.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 8)
	if out.Delivery != nil {
		attrs = append(attrs, slog.Attr{Value: out.Delivery.LogValue()})
	}
	attrs = append(attrs, slog.String("outcome", string(out.Result)), slog.Duration("duration", out.Duration))
	if out.Err != nil {
		attrs = append(attrs, slog.Any("error", out.Err))
	}
	if out.Replay {
		attrs = append(attrs, slog.Bool("replay", true))
	}
	if out.Altered {
		attrs = append(attrs, slog.Bool("altered", true))
	}
	if o.LogClient {
		attrs = append(attrs, slog.String("client", r.RemoteAddr))
	}
	l.LogAttrs(ctx, level, "webhook "+string(out.Result), attrs...)
}
