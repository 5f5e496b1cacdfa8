package check_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/transport"
)

const day = 24 * time.Hour

func TestWebhook(t *testing.T) {
	status := func(code int) func(*testing.T, *site) {
		return func(_ *testing.T, s *site) {
			s.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
		}
	}
	valid := func(from, until time.Duration, host string) func(*testing.T, *site) {
		return func(t *testing.T, s *site) { s.receiver.TLS = certificate(t, from, until, host) }
	}
	version := func(v uint16) func(*testing.T, *site) {
		return func(_ *testing.T, s *site) { s.receiver.TLS.MinVersion, s.receiver.TLS.MaxVersion = v, v }
	}
	url := func(url string) func(*testing.T, *site) {
		return func(_ *testing.T, s *site) { s.check.WebhookURL = url }
	}
	for name, tt := range map[string]struct {
		spoil  func(*testing.T, *site)
		status check.Status
		detail string
		err    string // empty: there is none
	}{
		"204":         {status(204), check.Pass, "answers HEAD over TLS 1.3; the certificate lasts 89 days more", ""},
		"TLS 1.2":     {version(tls.VersionTLS12), check.Pass, "TLS 1.2", ""},
		"TLS 1.1":     {version(tls.VersionTLS11), check.Fail, "nothing newer than TLS 1.1", ""},
		"TLS 1.0":     {version(tls.VersionTLS10), check.Fail, "nothing newer than TLS 1.0", ""},
		"404":         {status(404), check.Fail, "does not answer HEAD with 2xx", "status 404"},
		"405":         {status(405), check.Fail, "does not answer HEAD with 2xx", "status 405"},
		"401":         {status(401), check.Fail, "before whatever asks for a login", "status 401"},
		"503":         {status(503), check.Fail, "does not answer HEAD with 2xx", "status 503"},
		"304":         {status(304), check.Fail, "redirects", "status 304"},
		"15 days":     {valid(-day, 15*day, "127.0.0.1"), check.Pass, "lasts 14 days more", ""},
		"13 days":     {valid(-day, 13*day+time.Hour, "127.0.0.1"), check.Warn, "in 13 days: renew it", ""},
		"1 day":       {valid(-day, 25*time.Hour, "127.0.0.1"), check.Warn, "in 1 day: renew it", ""},
		"expired":     {valid(-2*day, -day, "127.0.0.1"), check.Fail, "has expired on " + time.Now().Add(-day).UTC().Format(time.DateOnly), "expired"},
		"to come":     {valid(day, 2*day, "127.0.0.1"), check.Fail, "is valid from " + time.Now().Add(day).UTC().Format(time.DateOnly), "not yet valid"},
		"other name":  {valid(-day, 90*day, "other.example"), check.Fail, "get one for 127.0.0.1", "127.0.0.1"},
		"unreachable": {url("https://127.0.0.1:1/" + hiddenPath), check.Fail, "can't be reached", "refused"},
		"http":        {url("http://127.0.0.1:1" + hiddenPath), check.Fail, "the webhook URL is not https", ""},
		"no URL":      {url("https://[::1/" + hiddenPath), check.Fail, "the webhook URL is not a URL: correct it", ""},
		"a password":  {url("https://u:" + hiddenQuery + "@127.0.0.1/"), check.Fail, "has a user name or password", ""},
		"other days": {
			func(_ *testing.T, s *site) { s.check.CertificateLeft = 91 * day },
			check.Warn, "in 89 days: renew it", "",
		},
		"an issuer's days": {
			func(t *testing.T, s *site) {
				root := certificate(t, -day, 900*day, "ca.example")
				middle := issue(t, -day, 5*day+time.Hour, "ca.example", root, x509.ExtKeyUsageServerAuth)
				s.receiver.TLS = issue(t, -day, 90*day, "127.0.0.1", middle, x509.ExtKeyUsageServerAuth)
			},
			check.Warn, "in 5 days: renew it", "",
		},
		"for clients": {
			func(t *testing.T, s *site) {
				s.receiver.TLS = issue(t, -day, 90*day, "127.0.0.1", nil, x509.ExtKeyUsageClientAuth)
			},
			check.Fail, "certificate is not valid", "usage",
		},
		"unknown authority": {
			func(t *testing.T, s *site) { s.check.RootCAs = pool(certificate(t, -day, day, "ca.example")) },
			check.Fail, "authority that is not trusted here", "authority",
		},
		"redirect": {
			func(_ *testing.T, s *site) {
				s.answer = func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, "/elsewhere?"+hiddenQuery, http.StatusMovedPermanently)
				}
			},
			check.Fail, "register the URL that it leads to", "status 301",
		},
		"hanging": {
			func(_ *testing.T, s *site) {
				s.check.Timeout = time.Second
				s.answer = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
			},
			check.Fail, "does not answer in time", "no answer in time",
		},
		"cut off": {
			func(_ *testing.T, s *site) {
				s.answer = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
			},
			check.Fail, "can't be reached", "EOF",
		},
		"no HTTP": {
			func(_ *testing.T, s *site) {
				s.receiver.TLS.NextProtos = []string{"http/1.1"}
				s.answer = func(w http.ResponseWriter, _ *http.Request) {
					conn, _, err := w.(http.Hijacker).Hijack()
					if err == nil {
						fmt.Fprintf(conn, "HTTP/1.1 \x1b[31m%s\r\n\r\n", hiddenQuery)
						conn.Close()
					}
				}
			},
			check.Fail, "can't be reached", "withheld",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			tt.spoil(t, s)
			r := s.report(t)
			item := find(t, r, check.Webhook)
			if item.Status != tt.status || !strings.Contains(item.Detail, tt.detail) {
				t.Errorf("%s: %q, want %s: %q", item.Status, item.Detail, tt.status, tt.detail)
			}
			if (item.Err != nil) != (tt.err != "") || item.Err != nil && !strings.Contains(item.Err.Error(), tt.err) {
				t.Errorf("error %v, want %q", item.Err, tt.err)
			}
			if len(s.heads) > 1 {
				t.Errorf("%d requests to the receiver", len(s.heads))
			}
			if others := strings.ReplaceAll(outcome(r), "webhook="+string(item.Status), ""); others != "" && others != " subscription=fail" {
				t.Errorf("also %s", others)
			}
		})
	}
}

// A check is often all that a program does; where it is not, it leaves nothing
// behind.
func TestClosesConnections(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newSite(t)
		s.receiver.EnableHTTP2 = http2
		closed := make(chan struct{}, 1)
		s.receiver.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed <- struct{}{}
			}
		}
		r := s.report(t)
		select {
		case <-closed:
		case <-time.After(5 * time.Second):
			t.Errorf("HTTP/2 %t: the connection is still open after\n%s", http2, r)
		}
		if len(s.heads) != 1 || s.heads[0].ProtoAtLeast(2, 0) != http2 {
			t.Errorf("HTTP/2 %t: asked %v", http2, s.heads)
		}
	}
}

// In production, a URL that no other machine can reach needs no asking.
func TestWebhookInProduction(t *testing.T) {
	c, err := api.New(transport.StaticToken("lt_live_9c2e81f04ad7"), &api.Options{
		Layers: func(http.RoundTripper) http.RoundTripper { return http.NewFileTransport(http.Dir(t.TempDir())) },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := check.Run(t.Context(), c, &check.Options{WebhookURL: "https://localhost/hooks"})
	if item := find(t, r, check.Webhook); item.Status != check.Fail || !strings.Contains(item.Detail, "can't be reached from outside") || item.Err != nil {
		t.Errorf("%+v", item)
	}
}
