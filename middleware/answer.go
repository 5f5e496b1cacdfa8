package middleware

import (
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/internal/wire"
)

// When those who are turned away should come again.
const (
	retryAfterOutage   = 10 * time.Second
	retryAfterOverload = time.Second
)

// answerUnread answers a request whose body has not been read, at once.
func answerUnread(w http.ResponseWriter, r *http.Request, status int, body string) {
	leaveUnread(w, r)
	wire.Answer(w, status, body)
}

// leaveUnread makes the answer that follows go out at once, and has the
// connection closed then. By itself, net/http would wait for up to 256 KiB of
// the body, which may never come, before it answers and before it closes.
//
// HTTP/2 needs nothing of that: there the connection is shared, and to close it
// would cut off genuine deliveries.
func leaveUnread(w http.ResponseWriter, r *http.Request) {
	// A body this small came along with the header: the connection can be
	// closed without cutting off the answer.
	const together = 2 << 10
	if r.ContentLength == 0 || r.ProtoMajor >= 2 {
		return
	}
	w.Header()["Connection"] = closing
	if r.ContentLength < 0 || r.ContentLength > together {
		linger(w)
	}
	http.NewResponseController(w).SetReadDeadline(past) //nolint:errcheck // then the server's own must do
}

var past = time.Unix(1, 0)

var closing = []string{"close"} // shared: nobody changes a header's values in place

// linger makes net/http's server, once the handler has returned, half-close
// the connection and wait a moment before it closes it: to close at once with
// data unread would reset the connection, and the sender might never see the
// answer. Only [http.MaxBytesReader] can ask for that, and only of the server's
// own writer: it doesn't unwrap.
func linger(w http.ResponseWriter) {
	for {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = u.Unwrap()
	}
	http.MaxBytesReader(w, endless{}, 0).Read(oneByte[:]) //nolint:errcheck // the error is the point
}

// endless is a body of any bytes.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

var oneByte [1]byte
