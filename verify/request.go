package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Request is what a provider may sign of a request besides its body. Make it
// with [NewRequest], or of what a queue or a function's event says.
type Request struct {
	// Method is the request's method, such as "POST".
	Method string

	// Target is the path and the query as the sender spelled them, such as
	// "/webhooks/square?v=1" (RFC 9112, section 3.2.1).
	Target string

	// Header is the request's header. Its keys must be canonical.
	Header http.Header
}

// NewRequest returns what r says of itself. The Target is r.RequestURI, which no
// router changes; for requests that no server has read, it is r.URL's.
func NewRequest(r *http.Request) Request {
	target := r.RequestURI
	if target == "" && r.URL != nil {
		target = r.URL.RequestURI()
	}
	return Request{Method: r.Method, Target: target, Header: r.Header}
}

// A RequestVerifier is a [Verifier] that can also check what providers sign of
// the request's method and URL. Where NeedsRequest is true the layers call
// VerifyRequest, and Verify otherwise. A type that embeds a [Scheme] to add a
// check of its own must add it to both.
type RequestVerifier interface {
	Verifier
	NeedsRequest() bool
	VerifyRequest(ctx context.Context, r Request, body []byte) (Envelope, error)
}

// A RequestSigner is a [Signer] that can sign for providers whose signature covers
// the method or the URL, or is in the body or the query. SignRequest sets r's
// Header, which must not be nil, and perhaps its Target, and returns the body that
// is to be sent.
type RequestSigner interface {
	Signer
	SignRequest(r *Request, env Envelope, body []byte) ([]byte, error)
}

// NeedsRequest reports whether the signature covers the request's method or URL,
// or a token is in its query.
func (s *Scheme) NeedsRequest() bool {
	return s != nil && (s.needsRequest || s.spec.TokenQuery != "")
}

// errNeedsRequest is no [Error]: the request may be genuine.
var errNeedsRequest = errors.New("this scheme needs the request's method and URL: call VerifyRequest")

// readRequest reads method and URL into m, if the scheme needs them.
func (s *Scheme) readRequest(r Request, m *message) error {
	if !s.needsRequest {
		return nil
	}
	path, ok := originForm(r.Target)
	if r.Method == "" || r.Target == "" {
		return fmt.Errorf("verify: %s: %w", s.name, errNeedsRequest)
	}
	if !ok {
		return &Error{Scheme: s.name, Err: ErrMalformed}
	}
	m.method, m.base, m.target = r.Method, s.spec.PublicURL, path
	if s.hasPath { // the configured one counts
		m.target = ""
		if i := strings.IndexByte(path, '?'); i >= 0 {
			m.target = path[i:]
		}
	}
	if s.spec.SpellURL != nil {
		m.base, m.target = s.spec.SpellURL(m.base+m.target), ""
	}
	return nil
}

// originForm returns a request-target without scheme and authority, which only a
// request through a forward proxy has (RFC 9112, section 3.2.2).
func originForm(target string) (string, bool) {
	if i := strings.Index(target, "://"); i > 0 && target[0] != '/' {
		rest := target[i+3:]
		j := strings.IndexAny(rest, "/?")
		if j < 0 {
			return "/", true
		}
		target = rest[j:]
		if target[0] == '?' {
			target = "/" + target
		}
	}
	return target, target != "" && target[0] == '/'
}

// open reads what is in neither headers nor template into m, and returns what
// stands for {body}.
func (s *Scheme) open(r Request, m *message, body []byte) ([]byte, error) {
	if err := s.readRequest(r, m); err != nil {
		return nil, err
	}
	if name := s.spec.TokenQuery; name != "" && len(header(r.Header, s.sets[0].Signature)) == 0 {
		if r.Target == "" {
			return nil, fmt.Errorf("verify: %s: %w", s.name, errNeedsRequest)
		}
		if token, ok := queryToken(r.Target, name); ok && token != "" {
			m.signature = s.spec.queryPrefix() + token
		}
	}
	if s.spec.Open == nil {
		return body, nil
	}
	c, err := s.spec.Open(r, body)
	if err != nil {
		return nil, s.sets[0].badSignature
	}
	if s.sets[0].Signature == "" {
		m.signature = c.Signature
	}
	if s.opensTime {
		m.timestamp = c.Timestamp
	}
	m.id, m.typ = c.ID, c.Type
	if c.Signed == nil {
		return body, nil
	}
	return c.Signed, nil
}
