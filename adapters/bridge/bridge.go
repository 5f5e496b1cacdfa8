package bridge

import (
	"context"
	"net/http"

	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/middleware"
)

// Native is one request as its framework has it. A [Bridge] calls its methods
// one after the other.
type Native interface {
	// Next runs the rest of the framework's chain with the writer and the
	// request that the layers hand on, in the place of the framework's own,
	// and puts those back before it ends, also by a panic.
	//
	// An error means that the request has failed and that the framework is
	// going to answer. What was written to w and is not on the wire yet is
	// dropped then. If nothing was written, the layers see status: what the
	// framework is likely to answer, never a success; zero is 500. Without
	// an error, status has no meaning.
	Next(w http.ResponseWriter, r *http.Request) (status int, err error)

	// Failed is called at most once, when the layers have ended, if the
	// delivery has been released and its answer is still to come from the
	// framework: from an error mapper or a recovery. From now on, Native
	// must turn a success into a failure; see [Withhold].
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
// can't be changed any more: either a layer has answered, or the Once layer has
// cut the answer off.
//
// w is the framework's writer. Informational statuses (RFC 9110, section 15.2)
// go past it to the server's, as frameworks take any status for the final one.
// Panics pass through, and runtime.Goexit does. If a layer answers while Next
// still runs, as http.TimeoutHandler does, the answer is sent, and Serve waits
// for Next: the framework may use its context again once Serve has returned.
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
			if outer, ok := callOf(r); ok {
				outer.refuse()
			}
		}
	}()
	b.layered.ServeHTTP(&writer{c}, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	returned = true
	return // as the deferred function says
}

// Success tells whether a status is one of success.
func Success(status int) bool { return wire.Success(status) }

// Informational tells whether a status is one that another follows.
func Informational(status int) bool {
	return status >= 100 && status < 200 && status != http.StatusSwitchingProtocols
}
