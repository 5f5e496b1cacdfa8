package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// ownAccount is the layer below Stale that keeps answers to other accounts' tokens
// from being kept for Options.Account. It asks for the account of a token when
// the token first comes up.
func (c *Client) ownAccount(next http.RoundTripper) http.RoundTripper {
	if c.opts.Account == "" {
		return next
	}
	owned := new(atomic.Value) // the hash of the token that is known to be of the account
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || r.Method != http.MethodGet || resp.StatusCode != http.StatusOK || resp.Request == nil {
			return resp, err
		}
		authorization := resp.Request.Header.Get("Authorization")
		hash := sha256.Sum256([]byte(authorization))
		if owned.Load() == hash || transport.CallFrom(r.Context()).Operation == OpHealth {
			return resp, nil
		}
		account, sent, err := c.whose(next, r)
		if err == nil && account == c.opts.Account && sent == authorization {
			owned.Store(hash)
			return resp, nil
		}
		if t, ok := r.Context().Value(tallyKey{}).(*tally); ok && err == nil {
			t.foreign.Store(account != c.opts.Account)
		}
		// Stale keeps nothing, and loses nothing, by an answer to a request
		// without a token.
		resp.Request = resp.Request.Clone(resp.Request.Context())
		resp.Request.Header.Del("Authorization")
		return resp, nil
	})
}

// whose asks for the account of the token that requests go out with, and tells
// with which token it has asked.
func (c *Client) whose(next http.RoundTripper, like *http.Request) (username, authorization string, err error) {
	ctx := context.WithValue(like.Context(), optionsKey{}, CallOptions{})
	req, err := c.newRequest(ctx, request{op: opMe})
	if err != nil {
		return "", "", err
	}
	resp, err := next.RoundTrip(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxAnswer))
	if err != nil {
		return "", "", err
	}
	var a schema.Account
	if err := errors.Join(statusError(resp.StatusCode), decode(body, &a)); err != nil {
		return "", "", err
	}
	if resp.Request != nil {
		authorization = resp.Request.Header.Get("Authorization")
	}
	return strings.TrimSpace(a.Username), authorization, nil
}
