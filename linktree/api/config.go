package api

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/transport"
)

// ErrConfig says that [New] was told something that can't be right. It is
// wrapped by an error for each thing that is wrong, all of them joined.
var ErrConfig = errors.New("configuration")

const (
	idMark    = "{id}"
	maxAnswer = 1 << 30
)

// wrong returns the error for one thing in the configuration.
func wrong(format string, args ...any) error {
	return fmt.Errorf("linktree: %w: "+format, append([]any{ErrConfig}, args...)...)
}

// check puts in the defaults and finds everything that is wrong.
func (o *Options) check() error {
	o.BaseURL = strings.TrimRight(cmp.Or(o.BaseURL, schema.BaseURL), "/")
	o.UserAgent = cmp.Or(o.UserAgent, DefaultUserAgent)
	o.MaxAnswer = cmp.Or(o.MaxAnswer, transport.DefaultMaxBody)
	o.Timeouts.Profile = cmp.Or(o.Timeouts.Profile, DefaultProfileTimeout)
	o.Timeouts.Analytics = cmp.Or(o.Timeouts.Analytics, DefaultAnalyticsTimeout)
	o.Timeouts.Other = cmp.Or(o.Timeouts.Other, DefaultOtherTimeout)
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Creators = slices.Clone(o.Creators) // nil stays nil

	var errs []error
	if err := checkBaseURL(o.BaseURL, o.InsecureDevelopment); err != nil {
		errs = append(errs, wrong("BaseURL %w", err))
	}
	if o.WebhookURL != "" {
		if err := checkWebhookURL(o.WebhookURL, o.InsecureDevelopment); err != nil {
			errs = append(errs, wrong("WebhookURL %w", err))
		}
	}
	if o.MaxAnswer < 0 || o.MaxAnswer > maxAnswer {
		errs = append(errs, wrong("MaxAnswer is not from 0 to %d", maxAnswer))
	}
	if min(o.Timeouts.Profile, o.Timeouts.Analytics, o.Timeouts.Other) < 0 {
		errs = append(errs, wrong("Timeouts: one is negative"))
	}
	if strings.ContainsFunc(o.UserAgent, func(c rune) bool { return c < ' ' || c > '~' }) {
		errs = append(errs, wrong("UserAgent is not printable ASCII"))
	}
	return errors.Join(append(errs, o.checkPaths(), o.checkStale())...)
}

// checkPaths fills in the paths and finds what is wrong with them.
func (o *Options) checkPaths() error {
	var errs []error
	preset := schema.DefaultPaths()
	for _, p := range [...]struct {
		name   string
		value  *string
		preset string
	}{
		{"Health", &o.Paths.Health, preset.Health},
		{"Me", &o.Paths.Me, preset.Me},
		{"Profile", &o.Paths.Profile, preset.Profile},
		{"Links", &o.Paths.Links, preset.Links},
		{"Link", &o.Paths.Link, preset.Link},
		{"BulkLinks", &o.Paths.BulkLinks, preset.BulkLinks},
		{"Analytics", &o.Paths.Analytics, preset.Analytics},
		{"Webhooks", &o.Paths.Webhooks, preset.Webhooks},
		{"Webhook", &o.Paths.Webhook, preset.Webhook},
		{"EnableWebhook", &o.Paths.EnableWebhook, preset.EnableWebhook},
	} {
		*p.value = cmp.Or(*p.value, p.preset)
		if !isPath(strings.ReplaceAll(*p.value, idMark, "id")) {
			errs = append(errs, wrong("Paths.%s is not an absolute path", p.name))
		}
		if want := strings.Count(p.preset, idMark); strings.Count(*p.value, idMark) != want {
			errs = append(errs, wrong("Paths.%s needs %s %d times", p.name, idMark, want))
		}
	}
	return errors.Join(errs...)
}

// isPath tells whether s is an absolute path and no more, escaped where it must
// be.
func isPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && strings.HasPrefix(s, "/") && u.EscapedPath() == s
}

// staleable are the operations whose results say how old they are.
var staleable = []string{OpProfile, OpLinks, OpAnalytics}

// checkStale fills in what may be answered from memory; the numbers are for the
// layer to check.
func (o *Options) checkStale() error {
	var stale transport.StaleOptions
	if o.Stale != nil {
		stale = *o.Stale
	}
	o.Stale = &stale
	if stale.Operations == nil {
		stale.Operations = staleable
	}
	var errs []error
	for _, op := range stale.Operations {
		if !slices.Contains(staleable, op) {
			errs = append(errs, wrong("Stale.Operations: %q is none of %q", op, staleable))
		}
	}
	if len(stale.Paths) > 0 {
		errs = append(errs, wrong("Stale.Paths is not for this client: name the Operations"))
	}
	return errors.Join(errs...)
}

// checkBaseURL finds what the token must not be sent to. Its errors and those of
// checkWebhookURL follow the name of the URL, and don't repeat it.
func checkBaseURL(raw string, insecure bool) error {
	u, err := parseURL(raw, insecure)
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return errors.New("has a query")
	}
	return nil
}

// checkWebhookURL finds what the provider must not, or can't, deliver to.
func checkWebhookURL(raw string, insecure bool) error {
	u, err := parseURL(raw, insecure)
	if err != nil {
		return err
	}
	if !insecure && isLocal(u.Hostname()) {
		return errors.New("has a host that can't be reached from outside")
	}
	return nil
}

func parseURL(raw string, insecure bool) (*url.URL, error) {
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

// isLocal tells whether a host means something else to everybody.
func isLocal(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast())
}

// newTransport returns one with the default's settings, so that connections are
// not shared with the rest of the program.
func newTransport() http.RoundTripper {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = 8          // there is but one host
		t.MaxResponseHeaderBytes = 1 << 18 // 10 MiB otherwise
		return t
	}
	return http.DefaultTransport // somebody has put something else there
}
