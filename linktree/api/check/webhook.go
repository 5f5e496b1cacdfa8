package check

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/linktree/api/internal/endpoint"
)

const noWebhook = "no webhook URL is set, in the options of the client or the check"

// webhook does what the provider does before it registers a URL: it sends HEAD,
// and follows no redirect.
func (k *checker) webhook(ctx context.Context) Item {
	raw := k.opts.WebhookURL
	if raw == "" {
		return off(noWebhook)
	}
	if err := endpoint.CheckWebhook(raw, k.insecure); err != nil {
		return failed("the webhook URL "+err.Error()+": correct it", nil)
	}
	u, _ := url.Parse(raw) // it has been checked by now
	if u.Scheme != "https" {
		return failed("the webhook URL is not https: events can be read and changed on their way", nil)
	}
	head := &http.Request{Method: http.MethodHead, URL: u, Header: http.Header{"User-Agent": {k.agent}}}
	resp, err := k.probe().RoundTrip(head.WithContext(ctx))
	if err != nil {
		return unreached(u, err)
	}
	_ = resp.Body.Close()
	return judgeHead(resp, k.opts.CertificateLeft).with("certificate_days", float64(wholeDays(time.Until(expiry(resp.TLS.VerifiedChains)))))
}

// probe returns a transport that leaves no connection behind. It also takes
// versions of TLS that are too old, so that the report can name them; no more
// than a HEAD request is sent by them.
func (k *checker) probe() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS10, RootCAs: k.opts.RootCAs},
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 1 << 18,
	}
}

// judgeHead judges an answer to HEAD that came by TLS.
func judgeHead(resp *http.Response, certificateLeft time.Duration) Item {
	status := fmt.Errorf("HEAD was answered with status %d", resp.StatusCode)
	version := tls.VersionName(resp.TLS.Version)
	expires := expiry(resp.TLS.VerifiedChains)
	left := time.Until(expires)
	switch {
	case resp.TLS.Version < tls.VersionTLS12:
		return failed("the webhook URL's server knows nothing newer than "+version+": have it speak TLS 1.2 or later", nil)
	case resp.StatusCode/100 == 3:
		return failed("the webhook URL redirects, and the provider need not follow: register the URL that it leads to", status)
	case resp.StatusCode/100 != 2:
		return failed("the webhook URL does not answer HEAD with 2xx: have the receiver do so, before whatever asks for a login", status)
	case left < certificateLeft:
		return warned(fmt.Sprintf("the webhook URL's certificate expires on %s, in %s: renew it", day(expires), days(left)))
	}
	return passed(fmt.Sprintf("answers HEAD over %s; the certificate lasts %s more", version, days(left)))
}

// expiry returns until when a certificate can be verified: by that of its chains
// which lasts longest.
func expiry(chains [][]*x509.Certificate) time.Time {
	var last time.Time
	for _, chain := range chains {
		end := chain[0].NotAfter
		for _, c := range chain[1:] {
			if c.NotAfter.Before(end) {
				end = c.NotAfter
			}
		}
		if end.After(last) {
			last = end
		}
	}
	return last
}

// unreached says why there was no answer from the webhook URL.
func unreached(u *url.URL, err error) Item {
	err = discreet.Cause(err, u)
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var unverified *tls.CertificateVerificationError
	detail := "the webhook URL can't be reached: look at its name, its server and the firewall"
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore):
		detail = fmt.Sprintf("the webhook URL's certificate is valid from %s only: wait, or look at this machine's clock", day(invalid.Cert.NotBefore))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		detail = fmt.Sprintf("the webhook URL's certificate has expired on %s: renew it", day(invalid.Cert.NotAfter))
	case errors.As(err, &name):
		detail = "the webhook URL's certificate is for another name: get one for " + discreet.Line(u.Hostname())
	case errors.As(err, &authority):
		detail = "the webhook URL's certificate is of an authority that is not trusted here: get one that is, and have the server send the intermediate ones"
	case errors.As(err, &unverified):
		detail = "the webhook URL's certificate is not valid: get another one"
	case errors.Is(err, context.Canceled):
		detail = "the check was given up"
	case errors.Is(err, api.ErrTimeout):
		detail = "the webhook URL does not answer in time: look at its server and the firewall"
	}
	return failed(detail, err)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// days returns a time in whole days, cut off.
func days(d time.Duration) string {
	if n := wholeDays(d); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "1 day"
}

func wholeDays(d time.Duration) int { return int(d / (24 * time.Hour)) }
