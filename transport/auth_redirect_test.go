package transport_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/hooklatch/hooklatch/transport"
)

// A follower is a transport that follows redirects, as http.Client does, or in
// the most careless way: with all headers, to wherever it is told.
type follower struct {
	inner    http.RoundTripper
	careless bool
}

func (f follower) RoundTrip(r *http.Request) (*http.Response, error) {
	if !f.careless {
		r = r.Clone(r.Context())
		r.RequestURI = ""
		return (&http.Client{Transport: f.inner}).Do(r)
	}
	for {
		resp, err := f.inner.RoundTrip(r)
		if err != nil || resp.StatusCode/100 != 3 {
			return resp, err
		}
		resp.Body.Close()
		to, err := resp.Location()
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.URL, r.Host = to, to.Host
	}
}

// TestAuthTransportFollows: a transport that follows redirects does not take the
// token to another address, and the caller learns that it would.
func TestAuthTransportFollows(t *testing.T) {
	var mu sync.Mutex
	var stolen []string
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		stolen = append(stolen, r.Header.Get("Authorization"))
	}))
	defer evil.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, evil.URL, http.StatusTemporaryRedirect)
		case "/near":
			http.Redirect(w, r, "/there", http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	inner := srv.Client().Transport
	for range 50 { // a connection that is kept is taken at once
		if _, err := get(t.Context(), inner, evil.URL); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			path     string
			careless bool
			want     error
		}{
			{"/", false, nil},
			{"/", true, nil},
			{"/away", false, transport.ErrRedirected},
			{"/away", true, transport.ErrRedirected},
			{"/near", false, transport.ErrRedirected},
		} {
			rt := transport.Chain(
				transport.Stale(transport.StaticToken("t0ken"), everything), transport.Retry(nil),
				transport.NewBreaker(&transport.BreakerOptions{Logger: silent}).Layer,
				transport.Auth(transport.StaticToken("t0ken"), mustParse(srv.URL)), transport.AttemptTimeout(nil),
			)(follower{inner, tt.careless})
			if _, err := get(t.Context(), rt, srv.URL+tt.path); !errors.Is(err, tt.want) {
				t.Errorf("%s, careless %v: %v, want %v", tt.path, tt.careless, err, tt.want)
			}
		}
	}
	if text := strings.Join(stolen, ""); len(stolen) != 50 || text != "" {
		t.Errorf("the other server got %d requests, with %q", len(stolen), text)
	}
}

// TestAuthTransportFollowsIsNoOutage: what is kept does not stand in where a
// transport would have taken the token elsewhere.
func TestAuthTransportFollowsIsNoOutage(t *testing.T) {
	away := false
	evil := httptest.NewServer(http.NotFoundHandler())
	defer evil.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away {
			http.Redirect(w, r, evil.URL, http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	source := transport.StaticToken("t0ken")
	rt := transport.Chain(transport.Stale(source, everything), transport.Auth(source, mustParse(srv.URL)))(follower{srv.Client().Transport, true})
	if _, err := get(t.Context(), rt, srv.URL+"/me"); err != nil {
		t.Fatal(err)
	}
	away = true
	if status, err := get(t.Context(), rt, srv.URL+"/me"); !errors.Is(err, transport.ErrRedirected) {
		t.Errorf("%d, %v, want ErrRedirected", status, err)
	}
}
