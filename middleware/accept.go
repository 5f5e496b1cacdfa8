package middleware

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/verify"
)

// Accept returns the outermost layer: it ends what can't be a delivery before
// any of its body is read.
//
// HEAD, by which senders check that the address is served, is answered with
// 200; any method but POST with 405 (RFC 9110, section 15.5.6). If v is a
// [verify.HeaderChecker], as every [verify.Scheme] is, requests that their
// headers alone condemn are refused too: 401 if the signature or timestamp is
// missing, 403 if it is malformed or stale. If v is nil, Accept checks the
// method only; it panics if v is a nil pointer. Where each tenant has a verifier (see [Endpoint.VerifyFor]), any
// scheme of the provider will do here: Accept compares no signature.
//
// Mount Accept under a pattern without a method, or HEAD never gets to it.
func (e *Endpoint) Accept(v verify.Verifier) func(http.Handler) http.Handler {
	if v != nil && isNil(v) {
		panic("middleware: Accept: nil verifier")
	}
	checker, _ := v.(verify.HeaderChecker)
	return func(next http.Handler) http.Handler {
		checkNext("Accept", next)
		a := &accept{endpoint: e, next: next, verifier: v, checker: checker}
		if c, ok := next.(*capture); ok && c.endpoint.name != e.name {
			a.wrong = &misplacement{"Capture", fmt.Sprintf("it is of endpoint %q, but the Accept layer before it is of endpoint %q", c.endpoint.name, e.name)}
		}
		return a
	}
}

type accept struct {
	endpoint *Endpoint
	next     http.Handler
	verifier verify.Verifier
	checker  verify.HeaderChecker // nil: only the method is checked
	wrong    error                // not nil: the chain mixes endpoints
}

func (a *accept) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := a.endpoint
	switch {
	case r.Method == http.MethodHead:
		e.Report(r, Outcome{Result: Probed})
		wire.LeaveUnread(w, r)
		w.WriteHeader(http.StatusOK)
		return
	case r.Method != http.MethodPost:
		e.Report(r, Outcome{Result: MethodNotAllowed})
		w.Header().Set("Allow", "POST, HEAD")
		wire.AnswerUnread(w, r, http.StatusMethodNotAllowed, "Method not allowed")
		return
	case a.wrong != nil:
		e.misplaced(w, r, nil, a.wrong)
		return
	}
	if a.checker != nil {
		var err error
		e.guard(w, r, func() { err = a.checker.CheckHeader(r.Header) })
		if err != nil {
			e.refuse(w, r, nil, a.verifier, err)
			return
		}
	}
	a.next.ServeHTTP(w, r)
}

// refuse answers a verifier's error. d is nil if the body has not been read.
// Which header and why goes to the log alone.
func (e *Endpoint) refuse(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery, v verify.Verifier, err error) {
	out := Outcome{Result: Refused, Delivery: d, Err: err}
	status, say := http.StatusForbidden, "Invalid signature"
	refused, unsigned := verdict(err)
	switch {
	case !refused:
		out.Result = Undecided
		e.Report(r, out)
		if d == nil {
			wire.LaterUnread(w, r, retryAfterOutage)
		} else {
			wire.Later(w, retryAfterOutage)
		}
		return
	case unsigned:
		out.Result = Unsigned
		status, say = http.StatusUnauthorized, "Missing signature"
	}
	out.Explanation = e.explain(r, d, v)
	e.Report(r, out)
	if d == nil {
		wire.AnswerUnread(w, r, status, say)
	} else {
		wire.Answer(w, status, say)
	}
}

// explain returns what is wrong with a refused request, if the endpoint wants
// to know and no other refusal is being explained.
func (e *Endpoint) explain(r *http.Request, d *hooklatch.Delivery, v verify.Verifier) (found *verify.Explanation) {
	x, ok := v.(verify.Explainer)
	if e.opts.Explain == nil || !ok || !e.explaining.TryLock() {
		return nil
	}
	defer e.explaining.Unlock()
	defer func() {
		if recover() != nil { // a verifier of the program's own
			found = nil
		}
	}()
	var body []byte // nil: not read
	if d != nil {
		body = d.Body
		if body == nil {
			body = []byte{}
		}
	}
	o := *e.opts.Explain
	request := verify.NewRequest(r)
	o.Method, o.Target = request.Method, request.Target
	explanation := x.Explain(r.Header, body, &o)
	return &explanation
}

// verdict tells whether a verifier has decided against a request, and whether for
// want of a signature. An error whose methods panic decides nothing.
func verdict(err error) (refused, unsigned bool) {
	defer func() {
		if recover() != nil {
			refused, unsigned = false, false
		}
	}()
	// Nearly always the error is of this very type, and errors.As costs more.
	_, refused = err.(*verify.Error)
	if !refused {
		var e *verify.Error
		refused = errors.As(err, &e)
	}
	return refused, refused && errors.Is(err, verify.ErrMissing)
}
