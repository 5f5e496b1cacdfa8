package transport

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"
)

// Stale keeps the answers to listed GET requests, and serves them while the
// provider can't: after an error of the network, a time-out (also the caller's
// own deadline), a 5xx, a 429, [ErrCircuitOpen] and [ErrLocalLimit]. For
// FreshFor they are served without asking at all. [Staleness] tells such an
// answer from the provider's own.
//
// An answer belongs to the URL and to the token that it was got with, and is
// never served for another. That is the token of resp.Request, as [Auth] has
// sent it; an answer to a request without one is not kept. To look up, the
// source is asked; if it fails, nothing is served from memory. Where the caller
// knows whose tokens they are (see Account in [StaleOptions]), an answer belongs
// to that account instead: it outlives the token that it was got with, and also
// stands in for one that could not be had because there was no token. Tokens and
// accounts are kept as keyed hashes.
//
// Stale passes the provider's 401, 403, 404 and 410 on and forgets what it kept
// for the URL; after a 401 to any request it forgets all that it kept for the
// token or the account. It also forgets a URL's answer after a successful PUT,
// PATCH, POST or DELETE of that URL (RFC 9111, section 4.4). It can't know on
// which other URLs a write has an effect: [Call]'s Fresh asks the provider, and
// takes no other answer than its own.
//
// Stale keeps only complete answers of status 200. It reads their bodies before
// it returns them; one that breaks off is an error of the network. It heeds
// Cache-Control: no-store and Vary: * (RFC 9111, sections 5.2.2.5 and 4.1), and
// no other directive of the provider's: the options say how old an answer may
// be. It does not serve a request with the answer to another that differs in a
// header that Vary names, or in Accept, Accept-Encoding or Accept-Language. A
// request with its own Authorization, Cache-Control, Range or If-* headers, or
// with a body, passes by.
//
// Stale passes all concurrent requests on for what it does not keep, and removes
// the provider's Age and Cache-Status headers from all answers.
//
// All applications of the layer share one memory. Stale panics if source is nil
// or an option is out of range.
func Stale(source Source, o *StaleOptions) func(http.RoundTripper) http.RoundTripper {
	var opts StaleOptions
	if o != nil {
		opts = *o
	}
	if err := opts.check(source); err != nil {
		panic("transport: Stale: " + err.Error())
	}
	shared := stale{source: source, opts: opts, kept: newStaleMemory(&opts)}
	_, _ = rand.Read(shared.secret[:]) // it never fails
	return func(next http.RoundTripper) http.RoundTripper {
		s := shared
		s.next = next
		return &s
	}
}

type stale struct {
	next   http.RoundTripper
	source Source
	opts   StaleOptions
	secret [32]byte
	kept   *staleMemory
}

// A staleKey names an answer by its URL and its owner. The method is always GET.
type staleKey struct {
	host, url string
	owner     [sha256.Size]byte // keyed hash of the token or account
}

func (s *stale) key(req *http.Request, token string) staleKey {
	return staleKey{req.Host, req.URL.String(), s.owner(req, token)}
}

// owner returns the owner of the answer to a request with the token.
func (s *stale) owner(req *http.Request, token string) [sha256.Size]byte {
	text := "token " + token
	if account := s.opts.account(req.Context()); account != "" {
		text = "account " + account
	}
	mac := hmac.New(sha256.New, s.secret[:])
	mac.Write([]byte(text))
	return [sha256.Size]byte(mac.Sum(nil))
}

func (s *stale) RoundTrip(req *http.Request) (*http.Response, error) {
	if !s.concerns(req) {
		resp, err := s.next.RoundTrip(req)
		if err == nil {
			s.passed(req, resp)
		}
		return resp, err
	}
	ctx := req.Context()
	known := s.opts.account(ctx) != ""
	var token string
	var err error
	if !known {
		token, err = s.source.Token(ctx, "")
	}
	serve := err == nil && !CallFrom(ctx).Fresh
	if serve {
		if e := s.find(req, token, s.opts.FreshFor); e != nil {
			return e.answer(req, e.hit(s.opts.FreshFor)), nil
		}
	}
	resp, err := send(s.next, req)
	if err == nil {
		token, err = s.learn(req, resp, token)
	}
	if serve && (failed(ctx, resp, err) || known && errors.Is(err, ErrNoToken)) {
		if e := s.find(req, token, s.opts.MaxStale); e != nil {
			status := e.standIn(s.opts.FreshFor, resp, outcomeOf(ctx, resp, err))
			if err == nil {
				discard(resp)
			}
			return e.answer(req, status), nil
		}
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// concerns tells whether the request's answer may be kept, or another served.
func (s *stale) concerns(req *http.Request) bool {
	if req.Method != http.MethodGet && req.Method != "" || req.Body != nil && req.Body != http.NoBody {
		return false
	}
	for _, name := range [...]string{
		"Authorization", "Cache-Control", "Range",
		"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
	} {
		if len(req.Header[name]) > 0 {
			return false
		}
	}
	return s.opts.lists(CallFrom(req.Context()).Operation, req.URL.Path)
}

// failed tells whether a kept answer may stand in for how the request ended.
func failed(ctx context.Context, resp *http.Response, err error) bool {
	if errors.Is(ctx.Err(), context.Canceled) || errors.Is(err, ErrRedirected) {
		return false
	}
	switch outcomeOf(ctx, resp, err) {
	case OutcomeNetworkError, OutcomeTimeout, OutcomeServerError, OutcomeRateLimited,
		OutcomeCircuitOpen, OutcomeLocalLimit:
		return true
	}
	return false
}

// find returns what is kept for the request and the token, if it is younger
// than the limit.
func (s *stale) find(req *http.Request, token string, limit time.Duration) *staleEntry {
	e := s.kept.get(s.key(req, token))
	if e == nil || e.age() >= limit || !e.fits(req) {
		return nil
	}
	return e
}
