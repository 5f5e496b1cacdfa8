// Package transport holds layers for the client of any HTTP API, which keep it
// up and under the API's limits. Each is a func(http.RoundTripper)
// http.RoundTripper, works alone, and knows nothing of what the requests are
// about: a [Call] in the context tells what can't be seen from them.
//
// All of them in their order, the first being the outermost:
//
//	limiter := transport.NewLimiter(90, nil) // of 100 that the provider allows
//	breaker, headroom := transport.NewBreaker(nil), transport.NewHeadroom(nil)
//	rt := transport.Chain(
//		transport.Stale(source, &stale), // what was got before stands in for what can't be had
//		transport.Metrics(calls),        // sees what the caller asked for
//		transport.Retry(nil),            // sends again what may be sent again
//		breaker.Check,                   // refuses while the circuit is open
//		limiter.Layer,                   // waits until an attempt may start
//		breaker.Layer,                   // learns from how attempts end
//		transport.Metrics(attempts),     // sees every attempt
//		headroom.Layer,                  // reads what the provider says of its limit
//		transport.Auth(source, base),    // adds the token, and renews it on a 401
//		transport.AttemptTimeout(nil),   // bounds the attempt, body included
//	)(http.DefaultTransport)
//
// The order is not a matter of taste:
//
//   - Stale is outermost, since it answers whatever the others end with, and
//     an answer from memory should cost neither a wait nor a part of the limit.
//   - Retry is outside of all that looks at single attempts: each of them
//     counts against the limit, and may find the circuit open.
//   - The circuit is looked at twice. Check comes before the limiter, so that a
//     refusal spends nothing of the limit; Layer comes after it, so that a wait
//     for the limiter is not taken for the provider's slowness.
//   - Auth is inside of Stale, which keeps an answer under the token that was
//     really sent, and inside of Retry, which so does not see a 401 that a newer
//     token has settled.
//   - AttemptTimeout is innermost. As it reads the body, a body that is cut
//     short or drips is a failed attempt to all layers outside of it, and
//     discarding an answer costs them nothing.
//
// Stale, the Limiter, the Breaker and the Headroom hold state: use one chain for
// all requests with the same token. No layer leaves a goroutine behind, changes
// the caller's request, or shows a token or a query in an error.
//
// When a connection that was kept alive turns out to be dead before a byte of
// the answer has come, [http.Transport] sends a request that is idempotent, or
// has an Idempotency-Key, once more by itself. The Limiter and the Headroom count
// that, too; if the limit leaves no room for it the attempt has failed, and Retry
// repeats it in its turn. A transport that does not connect by http.Transport
// must not send requests again by itself: no layer can see that.
package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Why a request failed before or beside an answer of the provider's. They are
// wrapped: ask with [errors.Is].
var (
	ErrLocalLimit  = errors.New("over the client's own rate limit") // or no turn, see [Breaker.Check]
	ErrCircuitOpen = errors.New("circuit open: the provider has failed repeatedly")
	ErrTimeout     = errors.New("no answer in time")
	ErrTooLarge    = errors.New("answer over the size limit")
	ErrRedirected  = errors.New("the transport follows redirects, where the token must not go") // see [Auth]
)

// Func makes a RoundTripper of a function.
type Func func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f Func) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Chain makes one layer of several: the first is the outermost and sees the
// request first. Chain() is the layer that does nothing. It panics if a layer
// is nil.
func Chain(layers ...func(http.RoundTripper) http.RoundTripper) func(http.RoundTripper) http.RoundTripper {
	for i, layer := range layers {
		if layer == nil {
			panic(fmt.Sprintf("transport: Chain: layer %d is nil", i+1))
		}
	}
	return func(rt http.RoundTripper) http.RoundTripper {
		for i := len(layers) - 1; i >= 0; i-- {
			rt = layers[i](rt)
		}
		return rt
	}
}

// A Call is what the layers should know of the logical call that a request
// belongs to, and can't see from the request. Its zero value says nothing.
type Call struct {
	// Operation names the call in metrics and errors, such as
	// "profile.read". Empty stands for the request's method.
	Operation string

	// Class is what the [Limiter] counts together, beside the global limit,
	// and what may have a circuit of its own in a [Breaker]. Empty has
	// neither.
	Class string

	// Timeout bounds each attempt. Zero leaves it to the layer.
	Timeout time.Duration

	// IdempotencyKey is sent with a POST or PATCH by [Retry]. A caller that
	// repeats a call with the same key has it done once, if the provider
	// honours the header. Empty leaves it to the layer.
	IdempotencyKey string

	// Fresh wants the provider's own answer: Stale stands aside.
	Fresh bool
}

type callKey struct{}

// WithCall returns a copy of ctx that tells the layers about the call.
func WithCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallFrom returns the call that ctx carries, or the zero Call.
func CallFrom(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}
