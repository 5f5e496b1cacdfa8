package middleware

import (
	"errors"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/verify"
)

// Accept is the outermost layer: it ends what can't be a delivery before a
// byte of its body is read.
//
// HEAD, by which senders check that somebody is there, is answered with 200;
// any method but POST with 405. If v is a [verify.HeaderChecker], as every
// [verify.Scheme] is, requests whose headers alone condemn them are refused
// too: 401 if the signature or timestamp is missing, 403 if it is malformed or
// stale. v may be nil: then only the method is checked. Where each tenant has a
// verifier of its own (see [VerifyFor]), any scheme of the provider will do
// here, as no signature is compared.
//
// Mount it under a pattern without a method, or HEAD never gets here.
func Accept(v verify.Verifier, o *Options) func(http.Handler) http.Handler {
	opts := o.orDefault()
	checker, _ := v.(verify.HeaderChecker)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodHead:
				opts.end(r, Outcome{Result: Probed})
				leaveUnread(w, r)
				w.WriteHeader(http.StatusOK)
				return
			case r.Method != http.MethodPost:
				opts.end(r, Outcome{Result: MethodNotAllowed})
				w.Header().Set("Allow", "POST, HEAD")
				answerUnread(w, r, http.StatusMethodNotAllowed, "Method not allowed")
				return
			}
			if checker != nil {
				if err := checker.CheckHeader(r.Header); err != nil {
					opts.refuse(w, r, nil, err)
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

// refuse answers a verifier's error. Which header and why goes to the log
// alone.
func (o *Options) refuse(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery, err error) {
	out := Outcome{Result: Refused, Delivery: d, Duration: since(d), Err: err}
	status, say := http.StatusForbidden, "Invalid signature"
	switch {
	case !isRefusal(err):
		out.Result = Undecided
		o.end(r, out)
		wire.Later(w, retryAfterOutage)
		return
	case errors.Is(err, verify.ErrMissing):
		out.Result = Unsigned
		status, say = http.StatusUnauthorized, "Missing signature"
	}
	o.end(r, out)
	if d == nil {
		answerUnread(w, r, status, say)
	} else {
		wire.Answer(w, status, say)
	}
}

// isRefusal tells whether a verifier has decided against a request.
func isRefusal(err error) bool {
	if _, ok := err.(*verify.Error); ok { //nolint:errorlint // nearly always it is no more, and this is cheap
		return true
	}
	var refused *verify.Error
	return errors.As(err, &refused)
}
