package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/hooklatch/hooklatch/transport/internal/urlerror"
)

// refreshTimeout bounds a call of a Source for a newer token: it belongs to no
// caller in particular, and so to no caller's deadline.
const refreshTimeout = 30 * time.Second

// Auth sends the source's token in the Authorization header (RFC 6750, section
// 2.1), and nowhere else, to the scheme, host and port of base (its origin, RFC
// 6454) and to no other; it ignores base's path and query. A request that a redirect has led to
// gets none, not even on the same host: a server that redirects a client should
// not decide what the client does with its caller's rights. Nor does one that
// has an Authorization header already. Both are passed on as they are.
//
// A transport further in that follows redirects by itself, such as an
// [http.Client] made one, would take the token along. As soon as it connects to
// another address the request ends with [ErrRedirected], before anything is
// sent there, and also if its answer is that of a redirect within the address.
// This can be seen only of a transport that connects by [http.Transport]; behind
// a proxy all addresses are the proxy's, and only the answer tells.
//
// On a 401 (RFC 9110, section 15.5.2) Auth asks the source once for a newer token,
// for all requests that were refused with the same one. Then it sends the request
// a second time, if its body can be read anew; that counts a second time with the
// [Limiter] and [Headroom]. It returns the first answer if there is no newer
// token, or if the source fails or takes more than 30 seconds. A caller that
// gives up does not end the source's call for the others.
//
// If the source has no token, the error wraps [ErrNoToken], and nothing is sent;
// a token that is empty or not printable ASCII is none. A source that panics
// while asked for a newer token is taken to have failed.
//
// Auth panics if source or base is nil, or base has no scheme or host.
func Auth(source Source, base *url.URL) func(http.RoundTripper) http.RoundTripper {
	if source == nil || base == nil || base.Scheme == "" || base.Host == "" {
		panic("transport: Auth: nil source, or a base without scheme or host")
	}
	origin := originOf(base)
	refreshes := new(singleflight.Group)
	return func(next http.RoundTripper) http.RoundTripper {
		return &auth{source, origin, refreshes, next}
	}
}

type auth struct {
	source    Source
	origin    string
	refreshes *singleflight.Group
	next      http.RoundTripper
}

func (a *auth) RoundTrip(r *http.Request) (*http.Response, error) {
	if !a.wanted(r) {
		return a.next.RoundTrip(r)
	}
	ctx := r.Context()
	token, err := a.token(ctx, "")
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return unsent(r, err)
	}
	resp, err := a.send(authorized(r, token))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	newer, err := a.refresh(ctx, token)
	if ctx.Err() != nil {
		discard(resp)
		return nil, ctx.Err()
	}
	if err != nil || newer == token {
		return resp, nil
	}
	again, err := rewound(r)
	if err != nil {
		return resp, nil
	}
	discard(resp)
	if err := beforeRepeat(ctx); err != nil {
		return unsent(again, err)
	}
	return a.send(authorized(again, newer))
}

// wanted reports whether the request is to have a token.
func (a *auth) wanted(r *http.Request) bool {
	return r.Response == nil && r.Header["Authorization"] == nil &&
		r.URL != nil && originOf(r.URL) == a.origin &&
		(r.Host == "" || originOf(&url.URL{Scheme: r.URL.Scheme, Host: r.Host}) == a.origin)
}

// originOf returns the URL's scheme, host and port in a form that can be
// compared (RFC 6454, section 4).
func originOf(u *url.URL) string {
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// authorized returns a copy of the request with the token.
func authorized(r *http.Request, token string) *http.Request {
	r = r.Clone(r.Context())
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// refresh returns the token to use instead of the rejected one, or that again
// if there is no other.
func (a *auth) refresh(ctx context.Context, rejected string) (string, error) {
	shared := a.refreshes.DoChan(rejected, func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%w: the source panicked", ErrNoToken)
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
		defer cancel()
		// A late caller finds what an earlier refresh has brought.
		if token, err := a.token(ctx, ""); err != nil || token != rejected {
			return token, err
		}
		return a.token(ctx, rejected)
	})
	patience := time.NewTimer(refreshTimeout)
	defer patience.Stop()
	select {
	case r := <-shared:
		token, _ := r.Val.(string)
		return token, r.Err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-patience.C:
		return "", fmt.Errorf("%w: the source did not answer", ErrNoToken)
	}
}

// token asks the source, and checks what it gets: what net/http would refuse to
// send would look like the provider's failure.
func (a *auth) token(ctx context.Context, rejected string) (string, error) {
	token, err := a.source.Token(ctx, rejected)
	switch {
	case errors.Is(err, ErrNoToken):
		return "", urlerror.Strip(err)
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrNoToken, urlerror.Strip(err))
	case token == "" || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return "", fmt.Errorf("%w: it is empty or not of printable ASCII", ErrNoToken)
	}
	return token, nil
}
