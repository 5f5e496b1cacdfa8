package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/api/internal/endpoint"
	"github.com/hooklatch/hooklatch/linktree/schema"
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

// check puts in the defaults and finds everything that is wrong. The layers check
// theirs themselves.
func (o *Options) check() error {
	o.complete()
	var errs []error
	if err := endpoint.CheckBase(o.BaseURL, o.InsecureDevelopment); err != nil {
		errs = append(errs, wrong("BaseURL %w", err))
	}
	if err := o.checkMode(); err != nil {
		errs = append(errs, wrong("%w", err))
	}
	if o.WebhookURL != "" {
		if err := endpoint.CheckWebhook(o.WebhookURL, o.InsecureDevelopment); err != nil {
			errs = append(errs, wrong("WebhookURL %w", err))
		}
	}
	if o.MaxAnswer < 0 || o.MaxAnswer > maxAnswer {
		errs = append(errs, wrong("MaxAnswer is not from 0 to %d", maxAnswer))
	}
	if o.MaxPages < 0 {
		errs = append(errs, wrong("MaxPages is negative"))
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

// checkStale finds what must not be answered from memory.
func (o *Options) checkStale() error {
	var errs []error
	for _, op := range o.Stale.Operations {
		if !slices.Contains(staleable, op) {
			errs = append(errs, wrong("Stale.Operations: %q is none of %q", op, staleable))
		}
	}
	if len(o.Stale.Paths) > 0 {
		errs = append(errs, wrong("Stale.Paths is not for this client: name the Operations"))
	}
	if o.Stale.Account != nil {
		errs = append(errs, wrong("Stale.Account is not for this client: set Account"))
	}
	return errors.Join(errs...)
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
	return http.DefaultTransport // the program has put another there
}
