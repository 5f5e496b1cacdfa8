package handshake

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/middleware"
)

// How a handshake ended, in [middleware.Outcome].
const (
	Answered  middleware.Result = "handshake answered"   // as the provider expects it
	Denied    middleware.Result = "handshake denied"     // Err says why, and is an *Error; 400, 403 or 405
	Confirmed middleware.Result = "handshake confirmed"  // SNS: the URL was visited; 200
	ToConfirm middleware.Result = "handshake to confirm" // SNS: Err is an *Unconfirmed with the URL to visit; 200
	Failed    middleware.Result = "handshake failed"     // SNS: confirming has failed; 503
)

// Why a handshake was denied. The errors in an Outcome are *[Error] and wrap one of
// these, or the error of the program's own function.
var (
	ErrToken      = errors.New("wrong token")
	ErrMissing    = errors.New("missing")
	ErrRepeated   = errors.New("sent more than once")
	ErrMalformed  = errors.New("malformed")
	ErrUnexpected = errors.New("not one that was expected")
)

// An Error says which part of a handshake was wrong. Its text, unless the program's
// own error adds to it, holds nothing of the request.
type Error struct {
	Handshake string // the layer, such as "Meta"
	Part      string // the parameter, header or member at fault
	Err       error  // why
}

// Error names the layer, the part and the reason.
func (e *Error) Error() string {
	return fmt.Sprintf("handshake: %s: %s: %v", e.Handshake, e.Part, e.Err)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// A greeter is one handshake at one endpoint.
type greeter struct {
	name     string
	endpoint *middleware.Endpoint
}

func newGreeter(name string, e *middleware.Endpoint) greeter {
	if e == nil {
		panic("handshake: " + name + ": nil endpoint")
	}
	return greeter{name, e}
}

// before makes a layer of a handshake that nothing has verified. serve answers
// the request and returns nil, or returns the request for the layers behind.
func (g greeter) before(serve func(http.ResponseWriter, *http.Request) *http.Request) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		g.checkNext(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			guard(w, func() { r = serve(w, r) })
			if r != nil {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// after makes a layer of a handshake that needs the verified delivery. serve
// answers the request and returns true, or leaves it to the layers behind.
func (g greeter) after(serve func(http.ResponseWriter, *http.Request, *hooklatch.Delivery) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		g.checkNext(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			d, ok := hooklatch.FromContext(r.Context())
			if !ok || d.Provider == "" || d.Endpoint != "" && d.Endpoint != g.endpoint.Name() {
				g.endpoint.Report(r, middleware.Outcome{Result: middleware.Misplaced, Err: &Error{g.name, "layer", errMisplaced}})
				wire.Answer(w, http.StatusInternalServerError, wire.Oops)
				return
			}
			genuine(r.Context())
			done := false
			guard(w, func() { done = serve(w, r, d) })
			if !done {
				next.ServeHTTP(w, r)
			}
		})
	}
}

var errMisplaced = errors.New("misplaced: it needs Capture and Verify of its endpoint before it; use ReceiverOptions.AfterVerify")

func (g greeter) checkNext(next http.Handler) {
	if f, ok := next.(http.HandlerFunc); next == nil || ok && f == nil {
		panic("handshake: " + g.name + ": nil handler")
	}
}

// guard calls f, which may call the program. If f panics, the request is answered:
// where a layer outside recovers and stays silent, net/http would send a 200.
func guard(w http.ResponseWriter, f func()) {
	returned := false
	defer func() {
		if !returned {
			wire.Answer(w, http.StatusInternalServerError, wire.Oops)
		}
	}()
	f()
	returned = true
}

// answer ends a handshake as the provider expects it.
func (g greeter) answer(w http.ResponseWriter, r *http.Request, status int, body string) {
	g.endpoint.Report(r, middleware.Outcome{Result: Answered})
	g.write(w, r, status, body)
}

// deny ends a handshake that is not in order.
func (g greeter) deny(w http.ResponseWriter, r *http.Request, part string, err error) {
	g.endpoint.Report(r, middleware.Outcome{Result: Denied, Err: &Error{g.name, part, err}})
	status, say := http.StatusForbidden, "Forbidden"
	if errors.Is(err, ErrMissing) || errors.Is(err, ErrRepeated) || errors.Is(err, ErrMalformed) {
		status, say = http.StatusBadRequest, "Bad request"
	}
	g.write(w, r, status, say)
}

// write sends a short answer that no browser and no cache takes for more.
func (g greeter) write(w http.ResponseWriter, r *http.Request, status int, body string) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if d, ok := hooklatch.FromContext(r.Context()); !ok || d == nil {
		wire.LeaveUnread(w, r)
	}
	if body == "" {
		w.WriteHeader(status)
		return
	}
	wire.Answer(w, status, body)
}

// secrets keeps tokens for comparison.
type secrets [][sha256.Size]byte

func newSecrets(layer, what string, texts []string) secrets {
	var s secrets
	for _, text := range texts {
		if text == "" {
			panic("handshake: " + layer + ": empty " + what)
		}
		s = append(s, sha256.Sum256([]byte(text)))
	}
	return s
}

// has tells whether the token is one of them, in a time that depends on the
// token's length only.
func (s secrets) has(token string) bool {
	sum := sha256.Sum256([]byte(token))
	found := 0
	for i := range s {
		found |= subtle.ConstantTimeCompare(sum[:], s[i][:])
	}
	return found == 1
}

const maxChallenge = 512

// isToken68 tells whether s is a token68 that is not too long to send back.
func isToken68(s string) bool {
	if len(s) > maxChallenge {
		return false
	}
	body := s
	for len(body) > 0 && body[len(body)-1] == '=' {
		body = body[:len(body)-1]
	}
	for i := range len(body) {
		switch c := body[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return body != ""
}

// checkChallenge returns what is wrong with a value that came n times.
func checkChallenge(value string, n int) error {
	switch {
	case n == 0 || n == 1 && value == "":
		return ErrMissing
	case n > 1:
		return ErrRepeated
	case !isToken68(value):
		return ErrMalformed
	}
	return nil
}
