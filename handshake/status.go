package handshake

import (
	"context"
	"net/http"
)

// Unauthorized, itself a layer for BeforeAccept, answers 401 where Accept and
// Verify would answer 403 to what is not genuine: for Discord, and other
// providers that send forgeries to see this status. A 403 of
// a handler stays where a layer of this package stands in AfterVerify. It panics
// if next is nil.
func Unauthorized(next http.Handler) http.Handler {
	return newStatusLayer("Unauthorized", next, false)
}

type statusLayer struct {
	next  http.Handler
	empty bool
}

func newStatusLayer(name string, next http.Handler, empty bool) http.Handler {
	greeter{name: name}.checkNext(next)
	return &statusLayer{next, empty}
}

func (l *statusLayer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := &statusWriter{ResponseWriter: w, empty: l.empty}
	l.next.ServeHTTP(s, r.WithContext(context.WithValue(r.Context(), statusKey{}, s)))
	if s.empty && !s.wrote {
		s.strip()
	}
}

// A statusKey finds the request's statusWriter.
type statusKey struct{}

// genuine notes that Verify has let the request through: a 403 is now a handler's.
func genuine(ctx context.Context) {
	if s, ok := ctx.Value(statusKey{}).(*statusWriter); ok {
		s.genuine = true
	}
}

// A statusWriter is a ResponseWriter that changes the status of refusals and, if
// empty is set, leaves out bodies and cookies.
type statusWriter struct {
	http.ResponseWriter
	empty   bool
	genuine bool // the request is
	wrote   bool // the final status
}

// Unwrap is for [http.ResponseController].
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *statusWriter) WriteHeader(status int) {
	if status == http.StatusForbidden && !s.genuine {
		status = http.StatusUnauthorized
	}
	if s.empty && status >= 200 && !s.wrote {
		s.strip()
		s.wrote = true
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusWriter) Write(p []byte) (int, error) {
	if !s.empty {
		return s.ResponseWriter.Write(p)
	}
	if !s.wrote {
		s.WriteHeader(http.StatusOK)
	}
	return len(p), nil
}

// FlushError is for [http.ResponseController]: the server's own would send the
// header as it is.
func (s *statusWriter) FlushError() error {
	if s.empty && !s.wrote {
		s.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(s.ResponseWriter).Flush()
}

// strip deletes what an answer without a body must not have.
func (s *statusWriter) strip() {
	h := s.Header()
	for _, name := range [...]string{"Content-Encoding", "Content-Length", "Content-Type", "Set-Cookie", "Trailer"} {
		h.Del(name)
	}
}
