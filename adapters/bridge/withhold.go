package bridge

import (
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/internal/wire"
)

// brokenLength announces a byte of a body that never comes.
const brokenLength = "1"

// Withhold is for [Native].Failed, where nothing is on the wire yet and the
// framework has an answer to give. Should it give none, because a middleware has
// dropped the error, say, the server would answer 200 by itself, and the sender
// would forget a delivery that has not taken effect. Withhold makes that answer
// break: over HTTP/1 nothing of it is sent, over HTTP/2, and where w can't set
// deadlines, it ends before its announced length. The same becomes of an answer
// that is written past w.
//
// Call allow just before the framework's own answer is written to w. w and r
// are the framework's. Around another bridge's layers Withhold does nothing, as
// the outer bridge withholds the answer.
func Withhold(w http.ResponseWriter, r *http.Request) (allow func()) {
	if _, ok := callOf(r); ok {
		return func() {}
	}
	// HTTP/2 resets the stream as soon as a deadline has passed.
	if r.ProtoMajor < 2 && wire.Cut(w) {
		return func() {
			_ = http.NewResponseController(w).SetWriteDeadline(writeDeadline(r)) // it worked a moment ago
		}
	}
	w.Header().Set("Content-Length", brokenLength)
	return func() {
		if w.Header().Get("Content-Length") == brokenLength {
			w.Header().Del("Content-Length")
		}
	}
}

// writeDeadline returns the deadline that the server gives to an answer, as
// nearly as it can be known; zero means none.
func writeDeadline(r *http.Request) time.Time {
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.WriteTimeout > 0 {
		return time.Now().Add(s.WriteTimeout)
	}
	return time.Time{}
}
