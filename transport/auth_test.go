package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

func mustParse(raw string) *url.URL {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	return u
}

// TestAuthHosts: the token goes to the scheme, host and port of base only.
func TestAuthHosts(t *testing.T) {
	tests := []struct {
		base, url, host string
		want            bool
	}{
		{"https://api.linktr.ee/v1", "https://api.linktr.ee/v1/me", "", true},
		{"https://api.linktr.ee/v1", "https://api.linktr.ee/other?q=1", "api.linktr.ee", true},
		{"https://api.linktr.ee/v1", "https://API.linktr.ee:443/", "", true},
		{"https://API.Linktr.ee:443", "HTTPS://api.linktr.ee", "", true},
		{"http://localhost:8080", "http://localhost:8080/", "", true},
		{"http://localhost", "http://localhost:80/", "", true},
		{"http://[::1]:8080", "http://[::1]:8080/", "", true},
		{"https://api.linktr.ee", "http://api.linktr.ee/", "", false},
		{"https://api.linktr.ee", "http://api.linktr.ee:443/", "", false},
		{"https://api.linktr.ee", "https://api.linktr.ee:8443/", "", false},
		{"https://api.linktr.ee", "https://linktr.ee/", "", false},
		{"https://api.linktr.ee", "https://api.linktr.ee.evil.test/", "", false},
		{"https://api.linktr.ee", "https://evil.test/api.linktr.ee", "", false},
		{"https://api.linktr.ee", "https://api.linktr.ee@evil.test/", "", false},
		{"https://api.linktr.ee", "https://api.linktr.ee./", "", false},
		{"https://api.linktr.ee", "https://api.linktr.ee/", "evil.test", false},
		{"http://localhost:8080", "http://localhost/", "", false},
	}
	for _, tt := range tests {
		got := http.Header{}
		rt := transport.Auth(transport.StaticToken("t0ken"), mustParse(tt.base))(
			transport.Func(func(r *http.Request) (*http.Response, error) {
				got = r.Header
				if strings.Contains(r.URL.String(), "t0ken") {
					t.Errorf("the token is in the URL %v", r.URL)
				}
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			}))
		r := &http.Request{Method: "GET", URL: mustParse(tt.url), Host: tt.host}
		if _, err := rt.RoundTrip(r); err != nil {
			t.Fatal(err)
		}
		if sent := got.Get("Authorization") == "Bearer t0ken"; sent != tt.want || !sent && len(got) > 0 {
			t.Errorf("base %s, request to %s, Host %q: sent %v", tt.base, tt.url, tt.host, got)
		}
		if r.Header != nil {
			t.Errorf("the caller's request was changed: %v", r.Header)
		}
	}
}

// TestAuthRedirects: a client that follows redirects takes the token nowhere.
func TestAuthRedirects(t *testing.T) {
	for _, to := range []string{"http://evil.test/there", "http://hooktest.test/there", "/there", "//HOOKTEST.test:80/there"} {
		t.Run(to, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := map[string]string{}
				up := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
					got[r.URL.Path] = r.Header.Get("Authorization")
					if r.URL.Path == "/here" {
						http.Redirect(w, r, to, http.StatusTemporaryRedirect)
					}
				})
				client := &http.Client{Transport: transport.Auth(transport.StaticToken("t0ken"), mustParse(up.URL))(up)}
				for _, method := range []string{"GET", "POST"} {
					clear(got)
					r, err := http.NewRequest(method, up.URL+"/here", strings.NewReader("x"))
					if err != nil {
						t.Fatal(err)
					}
					resp, err := client.Do(r)
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					if diff := cmp.Diff(map[string]string{"/here": "Bearer t0ken", "/there": ""}, got); diff != "" {
						t.Errorf("%s: Authorization by path (-want +got):\n%s", method, diff)
					}
				}
				up.wantNothingOpen()
			})
		})
	}
}

// TestAuthOwnHeader: what the caller has set stays, and is never refreshed.
func TestAuthOwnHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, source := newUpstream(t, only("else")), &wallet{token: "t0ken", newer: "else"}
		rt := transport.Auth(source, mustParse(up.URL))(up)
		r, _ := http.NewRequest("GET", up.URL, nil)
		r.Header.Set("Authorization", "Basic b3duOm93bg==")
		resp, err := rt.RoundTrip(r)
		if err != nil || resp.StatusCode != 401 || r.Header.Get("Authorization") != "Basic b3duOm93bg==" {
			t.Errorf("%v %v, header %v", resp, err, r.Header)
		}
		source.wantRefreshes(t)
	})
}

// TestAuthNoToken: nothing is sent without a token, and the error says so and
// shows none.
func TestAuthNoToken(t *testing.T) {
	leaky := &url.Error{Op: "Post", URL: "https://auth.test/?refresh_token=t0ken", Err: errRefused}
	tests := []struct {
		name  string
		token string
		err   error
	}{
		{"fails", "", errRefused},
		{"fails with a URL", "", fmt.Errorf("refreshing: %w", leaky)},
		{"has none", "", transport.ErrNoToken},
		{"empty", "", nil},
		{"line break", "t0ken\n", nil},
		{"not ASCII", "t0kén", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := transport.SourceFunc(func(context.Context, string) (string, error) { return tt.token, tt.err })
			rt := transport.Auth(source, mustParse("http://hooktest.test"))(transport.Func(
				func(*http.Request) (*http.Response, error) { panic("it was sent") }))
			wantBodyClosed(t, rt, t.Context(), transport.ErrNoToken)
			if tt.err != nil && !strings.HasPrefix(tt.name, "has") {
				wantBodyClosed(t, rt, t.Context(), errRefused)
			}
			_, err := get(t.Context(), rt, "http://hooktest.test/")
			if err == nil || strings.Contains(err.Error(), "t0k") {
				t.Errorf("error %v shows a token", err)
			}
		})
	}
}

// TestAuthCallerGivesUp: the caller's own context ended, while the source was
// asked.
func TestAuthCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := transport.SourceFunc(func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			return "", errors.New("no luck")
		})
		rt := transport.Auth(source, mustParse("http://hooktest.test"))(nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantBodyClosed(t, rt, ctx, context.DeadlineExceeded)
	})
}

func TestAuthPanics(t *testing.T) {
	for _, base := range []*url.URL{nil, {}, {Scheme: "https"}, {Host: "api.linktr.ee"}, mustParse("/v1")} {
		wantPanic(t, func() { transport.Auth(transport.StaticToken("x"), base) }, "Auth")
	}
	wantPanic(t, func() { transport.Auth(nil, mustParse("https://api.linktr.ee")) }, "Auth")
}
