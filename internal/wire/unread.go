package wire

import (
	"net/http"
	"time"
)

// AnswerUnread is [Answer] for a request whose body has not been read: the
// answer goes out at once.
func AnswerUnread(w http.ResponseWriter, r *http.Request, status int, body string) {
	LeaveUnread(w, r)
	Answer(w, status, body)
}

// LaterUnread is [Later] for a request whose body has not been read.
func LaterUnread(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	LeaveUnread(w, r)
	Later(w, wait)
}

// LeaveUnread makes the answer that follows go out at once, and has the
// connection closed then. By itself, net/http would wait for up to 256 KiB of
// the body, which may never come, before it answers and before it closes.
//
// HTTP/2 needs none of that: requests share the connection there, and closing it
// would cut off genuine deliveries.
func LeaveUnread(w http.ResponseWriter, r *http.Request) {
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
	_ = http.NewResponseController(w).SetReadDeadline(past) // without it, the server's own deadline must do
}

var past = time.Unix(1, 0)

var closing = []string{"close"} // shared: nothing changes a header's values in place

// linger makes net/http's server, once the handler has returned, half-close
// the connection and wait a moment before it closes it: to close at once with
// data unread would reset the connection, and the sender might never see the
// answer. Only [http.MaxBytesReader] can ask for that, and only of the server's
// own writer: it doesn't unwrap.
func linger(w http.ResponseWriter) {
	_, _ = http.MaxBytesReader(Innermost(w), endless{}, 0).Read(oneByte[:]) // the error is the point
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

// endless is a body of any bytes.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

var oneByte [1]byte

// Cut makes what is still to be written of an answer fail, so that its receiver
// can tell that it is incomplete: the connection closes, or the HTTP/2 stream
// is reset. It returns false if w does not let it.
func Cut(w http.ResponseWriter) bool {
	return http.NewResponseController(w).SetWriteDeadline(past) == nil
}
