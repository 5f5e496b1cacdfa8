package transport_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// answering is a transport that ends every request with the status, or else the
// error, and notes when.
type answering struct {
	status int
	err    error
	header http.Header
	starts []time.Time
	keys   []string // Idempotency-Keys
	bodies []string
}

func (a *answering) RoundTrip(r *http.Request) (*http.Response, error) {
	a.starts = append(a.starts, time.Now())
	a.keys = append(a.keys, r.Header.Get("Idempotency-Key"))
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		a.bodies = append(a.bodies, string(b))
		r.Body.Close()
	}
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{
		StatusCode: a.status, Header: a.header, Request: r,
		Body: io.NopCloser(strings.NewReader("answer " + fmt.Sprint(len(a.starts)))),
	}, nil
}

// TestRetryWhen is about what is sent again, and what never is.
func TestRetryWhen(t *testing.T) {
	const (
		once  = 1
		again = transport.DefaultAttempts
	)
	tests := []struct {
		method string
		status int
		err    error
		key    string // the caller's own
		keys   bool   // IdempotencyKeys
		inCall string // the key in the Call
		want   int    // requests sent
	}{
		{method: "GET", status: 200, want: once},
		{method: "GET", status: 304, want: once},
		{method: "GET", status: 400, want: once},
		{method: "GET", status: 401, want: once},
		{method: "GET", status: 403, want: once},
		{method: "GET", status: 404, want: once},
		{method: "GET", status: 501, want: once},
		{method: "GET", status: 429, want: again},
		{method: "GET", status: 500, want: again},
		{method: "GET", status: 502, want: again},
		{method: "GET", status: 503, want: again},
		{method: "GET", status: 504, want: again},
		{method: "", status: 503, want: again},
		{method: "HEAD", status: 503, want: again},
		{method: "OPTIONS", status: 503, want: again},
		{method: "TRACE", status: 503, want: again},
		{method: "PUT", status: 503, want: again},
		{method: "DELETE", status: 503, want: again},
		{method: "LOCK", status: 503, want: once},

		{method: "GET", status: 408, want: again},
		{method: "DELETE", status: 408, want: again},
		{method: "GET", status: 425, want: again},

		{method: "POST", status: 503, want: once},
		{method: "PATCH", status: 503, want: once},
		{method: "POST", status: 408, want: once},
		{method: "POST", err: errNetwork, want: once},
		{method: "POST", err: transport.ErrTimeout, want: once},
		{method: "POST", status: 429, want: again},
		{method: "POST", status: 425, want: again},
		{method: "POST", status: 503, key: "mine", want: again},
		{method: "POST", status: 503, inCall: "mine", want: again},
		{method: "PATCH", err: errNetwork, inCall: "mine", want: again},
		{method: "POST", status: 503, keys: true, want: again},
		{method: "PATCH", status: 503, keys: true, want: again},
		{method: "POST", err: errNetwork, keys: true, want: again},
		{method: "POST", status: 408, keys: true, want: again},
		{method: "POST", status: 201, keys: true, want: once},

		{method: "GET", err: errNetwork, want: again},
		{method: "GET", err: io.ErrUnexpectedEOF, want: again},
		{method: "GET", err: transport.ErrTimeout, want: again},
		{method: "GET", err: transport.ErrTooLarge, want: once},
		{method: "GET", err: transport.ErrCircuitOpen, want: once},
		{method: "GET", err: transport.ErrLocalLimit, want: once},
		{method: "GET", err: transport.ErrNoToken, want: once},
		{method: "GET", err: &tls.CertificateVerificationError{Err: errNetwork}, want: once},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.method, " ", tt.status, " ", tt.err, " key ", tt.key, tt.inCall, tt.keys), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				base := &answering{status: tt.status, err: tt.err}
				if tt.err != nil {
					base.err = fmt.Errorf("wrapped: %w", tt.err)
				}
				rt := transport.Retry(&transport.RetryOptions{IdempotencyKeys: tt.keys})(base)
				ctx := transport.WithCall(t.Context(), transport.Call{IdempotencyKey: tt.inCall})
				req, err := http.NewRequestWithContext(ctx, tt.method, "http://provider.test/", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Method = tt.method
				if tt.key != "" {
					req.Header.Set("Idempotency-Key", tt.key)
				}
				resp, err := rt.RoundTrip(req)
				if len(base.starts) != tt.want {
					t.Errorf("sent %d times, want %d", len(base.starts), tt.want)
				}
				if tt.err != nil {
					if !errors.Is(err, tt.err) {
						t.Errorf("error %v, want the last attempt's", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, _ := io.ReadAll(resp.Body)
				if want := fmt.Sprint("answer ", tt.want); resp.StatusCode != tt.status || string(body) != want {
					t.Errorf("answer %d %q, want %d %q: the last attempt's, whole", resp.StatusCode, body, tt.status, want)
				}
			})
		})
	}
}

func TestRetryIdempotencyKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		send := func(method, key string, o *transport.RetryOptions) []string {
			base := &answering{status: 503}
			req, err := http.NewRequestWithContext(t.Context(), method, "http://provider.test/", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if key != "" {
				req.Header.Set("Idempotency-Key", key)
			}
			before := req.Header.Clone()
			resp, err := transport.Retry(o)(base).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if diff := cmp.Diff(before, req.Header); diff != "" {
				t.Errorf("the caller's request was changed:\n%s", diff)
			}
			return base.keys
		}
		seen := map[string]bool{}
		for _, method := range []string{"POST", "PATCH", "POST"} {
			keys := send(method, "", &transport.RetryOptions{IdempotencyKeys: true})
			if len(keys) != 4 || len(keys[0]) < 22 || strings.Count(strings.Join(keys, " ")+" ", keys[0]+" ") != 4 {
				t.Errorf("%s: keys %q, want the same random one 4 times", method, keys)
			}
			if seen[keys[0]] {
				t.Errorf("%s: key %q was used for another request", method, keys[0])
			}
			seen[keys[0]] = true
		}
		for _, tt := range []struct {
			method, key string
			o           *transport.RetryOptions
			want        []string
		}{
			{"POST", "mine", nil, []string{"mine", "mine", "mine", "mine"}},
			{"GET", "", nil, []string{"", "", "", ""}},
			{"PUT", "", &transport.RetryOptions{IdempotencyKeys: true}, []string{"", "", "", ""}},
			{"POST", "", nil, []string{""}},
			{"PATCH", "", &transport.RetryOptions{}, []string{""}},
		} {
			if diff := cmp.Diff(tt.want, send(tt.method, tt.key, tt.o)); diff != "" {
				t.Errorf("%s, key %q: %s", tt.method, tt.key, diff)
			}
		}
		// A provider may have another name for it.
		named := &transport.RetryOptions{Attempts: 2, IdempotencyHeader: "X-Request-Key"}
		base := &answering{status: 503}
		other, _ := http.NewRequestWithContext(t.Context(), "POST", "http://provider.test/", nil)
		other.Header.Set("X-Request-Key", "mine")
		if resp, err := transport.Retry(named)(base).RoundTrip(other); err != nil || len(base.keys) != 2 || base.keys[0] != "" {
			t.Errorf("another name: %v, %v, keys %q", resp, err, base.keys)
		}
		// A request may come without a header map.
		req := &http.Request{Method: "POST", URL: mustURL(t, "http://provider.test/")}
		if _, err := transport.Retry(&transport.RetryOptions{IdempotencyKeys: true})(&answering{err: errNetwork}).RoundTrip(req); !errors.Is(err, errNetwork) || req.Header != nil {
			t.Errorf("without a header: %v, %v", err, req.Header)
		}
	})
}

func TestRetryInvalidOptions(t *testing.T) {
	defer func() {
		const want = "transport: Retry: Attempts is negative\nBackoff is negative\nMaxWait is over 24 hours"
		if got := recover(); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}()
	transport.Retry(&transport.RetryOptions{Attempts: -1, Backoff: -1, MaxWait: 25 * time.Hour})
}
