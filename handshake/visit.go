package handshake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const visitTime = 10 * time.Second

// Visit returns a function that confirms by a GET request for the URL, for
// [SNSOptions].Confirm. It checks the URL again: https, at the provider's host. It
// follows no redirect, waits for at most 10 seconds, and returns nil if the answer
// is a 2xx. Its errors don't hold the URL.
//
// A nil client means [http.DefaultClient]. The client's CheckRedirect is not used.
func Visit(client *http.Client) func(context.Context, Confirmation) error {
	if client == nil {
		client = http.DefaultClient
	}
	straight := *client
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context, c Confirmation) error {
		if err := c.check(); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, visitTime)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
		if err != nil {
			return &Error{c.Provider, "URL", ErrMalformed}
		}
		res, err := straight.Do(r)
		if err != nil {
			var where *url.Error
			if errors.As(err, &where) {
				err = where.Err // without the URL, and the token in it
			}
			return fmt.Errorf("handshake: confirming at %s: %w", c.Provider, err)
		}
		_, _ = io.CopyN(io.Discard, res.Body, 64<<10) // only for the connection to be used again
		_ = res.Body.Close()                          // nothing was written
		if res.StatusCode < 200 || res.StatusCode > 299 {
			return fmt.Errorf("handshake: confirming at %s: status %d", c.Provider, res.StatusCode)
		}
		return nil
	}
}
