// Package endpoint checks URLs that come from a program's configuration.
package endpoint

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
)

// CheckBase finds what the token must not be sent to. Its errors and those of
// CheckWebhook follow the name of the URL, and don't repeat it. insecure permits
// what is for development only.
func CheckBase(raw string, insecure bool) error {
	u, err := parse(raw, insecure)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return errors.New("has a query")
	}
	return nil
}

// CheckWebhook finds what the provider must not, or can't, deliver to.
func CheckWebhook(raw string, insecure bool) error {
	u, err := parse(raw, insecure)
	if err != nil {
		return err
	}
	if !insecure && isLocal(u.Hostname()) {
		return errors.New("has a host that can't be reached from outside")
	}
	return nil
}

func parse(raw string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("is not a URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !insecure):
		return nil, errors.New("is not https")
	case u.Hostname() == "":
		return nil, errors.New("has no host")
	case u.User != nil:
		return nil, errors.New("has a user name or password")
	case u.Fragment != "":
		return nil, errors.New("has a fragment")
	}
	return u, nil
}

// isLocal tells whether a host means another one on each machine or network.
func isLocal(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast())
}
