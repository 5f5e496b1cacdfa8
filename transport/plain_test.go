package transport_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/hooklatch/hooklatch/transport"
)

// TestAttemptTimeoutErrorsAreDiscreet: no text shows the query or the token.
func TestAttemptTimeoutErrorsAreDiscreet(t *testing.T) {
	tests := []struct {
		name string
		err  error
	}{
		{"a URL", &url.Error{Op: "Get", URL: "http://hooktest.test/?secret=s3cret", Err: errRefused}},
		{"a URL within", fmt.Errorf("proxy: %w", &url.Error{Op: "Get", URL: "http://hooktest.test/?secret=s3cret", Err: errRefused})},
		{"two URLs", &url.Error{URL: "?s3cret", Err: &url.Error{URL: "?s3cret", Err: errRefused}}},
		{"a query in the text", fmt.Errorf("can't get /?secret=s3cret: %w", errRefused)},
		{"a token in the text", fmt.Errorf("bad header Bearer s3cret-token: %w", errRefused)},
		{"a bare token", fmt.Errorf("bad token s3cret-token: %w", errRefused)},
		{"nothing", fmt.Errorf("dial: %w", errRefused)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rt := transport.AttemptTimeout(nil)(transport.Func(
				func(*http.Request) (*http.Response, error) { return nil, tt.err }))
			r, _ := http.NewRequest("GET", "http://hooktest.test/?secret=s3cret", nil)
			r.Header.Set("Authorization", "Bearer s3cret-token")
			_, err := rt.RoundTrip(r)
			wantError(t, err, errNetwork)
			if !errors.Is(err, errRefused) {
				t.Errorf("%v is not what it was any more", err)
			}
		})
	}
}

// TestAttemptTimeoutOddTransports: neither an answer nor an error, and an error
// that can't be printed, are errors of the network.
func TestAttemptTimeoutOddTransports(t *testing.T) {
	for _, odd := range []error{nil, &url.Error{Op: "Get"}, fmt.Errorf("x: %w", &url.Error{Op: "Get"})} {
		rt := transport.AttemptTimeout(nil)(transport.Func(func(*http.Request) (*http.Response, error) { return nil, odd }))
		r, _ := http.NewRequest("GET", "http://hooktest.test/", nil)
		if resp, err := rt.RoundTrip(r); resp != nil || err == nil || err.Error() == "" {
			t.Errorf("%v, %v", resp, err)
		}
	}
}
