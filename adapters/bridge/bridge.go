package bridge

import (
	"context"
	"net/http"

	"github.com/hooklatch/hooklatch/middleware"
)

// Native is one request as its framework has it. Its methods are called one
// after the other.
type Native interface {
	// Next runs the rest of the framework's chain, with the writer and the
	// request that the layers hand on in the place of the framework's own,
	// and puts those back before it ends, also by a panic.
	//
	// An error means that the request has failed and that the framework is
	// going to answer. What was written to w and is not on the wire yet is
	// dropped then. If nothing was, status is what the framework is likely
	// to answer, for the layers to see, and for nobody else: zero is 500.
	// Without an error, status has no meaning.
	Next(w http.ResponseWriter, r *http.Request) (status int, err error)

	// Failed is called at most once, when the layers have ended, if the
	// delivery has been released and its answer is still to come from the
	// framework: an error mapper's, or that of whoever recovers from a
	// panic. No answer from now on may be a 2xx.
	Failed()
}

// A Bridge is a stack of layers in the middle of a framework's chain. It is
// safe for concurrent use.
type Bridge struct {
	layered http.Handler
}

// New stacks the layers, the first outermost, once for all requests. It panics
// if a layer is nil.
func New(layers ...func(http.Handler) http.Handler) *Bridge {
	return &Bridge{middleware.Chain(layers...)(http.HandlerFunc(cross))}
}

// Serve passes a request through the layers, and on to n.Next if they let it;
// they did if called is true. If they did not, they have answered, and the rest
// of the framework's chain must not run.
//
// err is why the request has failed, as Next returned it. If w's status is not
// sent by then, the answer is the framework's to give. If it is, the answer
// can't be changed any more, and the Once layer has logged so.
//
// w is the framework's writer: informational statuses that the layers write to
// it must not end its answer. Panics pass through, and runtime.Goexit does. If
// a layer answers while Next still runs, as http.TimeoutHandler does, the answer
// is sent, and Serve waits for Next: the framework may use its context again
// once Serve has returned.
//
// Next is called once at most. A layer that calls its next handler again gets
// the first call's outcome again.
func (b *Bridge) Serve(w http.ResponseWriter, r *http.Request, n Native) (called bool, err error) {
	c := &call{native: n, w: w, ended: make(chan struct{})}
	returned := false
	defer func() {
		var refused bool
		if called, refused, err = c.end(returned); refused {
			n.Failed()
			// Around another bridge's layers, that one's framework answers.
			if outer, ok := r.Context().Value(callKey{}).(*call); ok {
				outer.refuse()
			}
		}
	}()
	b.layered.ServeHTTP(&writer{c}, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	returned = true
	return // as the deferred function says
}

// Innermost follows Unwrap to the writer that has none, usually the server's.
func Innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = u.Unwrap()
	}
}

// Informational tells whether a status is one that another follows.
func Informational(status int) bool {
	return status >= 100 && status < 200 && status != http.StatusSwitchingProtocols
}
