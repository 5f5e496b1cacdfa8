package linktreetest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// Options are what [New] can be told. Nil and the zero value are ready to use.
type Options struct {
	// Secret signs the webhooks. Empty means a fresh one; see
	// [Provider.Secret].
	Secret string

	// Paths are where things are; zero is [schema.DefaultPaths].
	Paths schema.Paths

	// RequestsPerMinute is how many requests a token has in any 60 seconds;
	// zero is [schema.RequestsPerMinute].
	RequestsPerMinute int

	// MaxPage is how many items a page has at most, whatever the request's
	// limit; zero is 100. Requests without a limit get 20, or MaxPage if
	// that is less.
	MaxPage int

	// EventTypes are those that webhooks can subscribe to; nil is
	// [linktree.EventTypes].
	EventTypes []string

	// Transport sends the webhooks and asks whether their URLs can be
	// reached; nil is [http.DefaultTransport]. In a bubble it is that of the
	// receiver's server.
	Transport http.RoundTripper

	// DeliveryTimeout is within how long a webhook's receiver must have
	// answered; zero is 10 seconds.
	DeliveryTimeout time.Duration

	// SkipReachability registers and enables webhooks without asking for
	// their URL first.
	SkipReachability bool

	// IgnoreIdempotencyKeys does a request each time that it comes, as a
	// provider does that knows no Idempotency-Key.
	IgnoreIdempotencyKeys bool

	// Extra are added to every JSON object of the API's answers, as members
	// that are newer than the client. Those that an object has already stay.
	Extra map[string]any
}

const (
	defaultMaxPage         = 100
	defaultPage            = 20
	defaultDeliveryTimeout = 10 * time.Second
)

// orDefault returns a copy in which all is set that has a default.
func (o *Options) orDefault() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Secret == "" {
		opts.Secret = "whsec_" + rand.Text()
	}
	if opts.Paths == (schema.Paths{}) {
		opts.Paths = schema.DefaultPaths()
	}
	if opts.RequestsPerMinute == 0 {
		opts.RequestsPerMinute = schema.RequestsPerMinute
	}
	if opts.MaxPage == 0 {
		opts.MaxPage = defaultMaxPage
	}
	if opts.EventTypes == nil {
		opts.EventTypes = linktree.EventTypes()
	}
	if opts.Transport == nil {
		opts.Transport = http.DefaultTransport
	}
	if opts.DeliveryTimeout == 0 {
		opts.DeliveryTimeout = defaultDeliveryTimeout
	}
	opts.EventTypes = slices.Clone(opts.EventTypes)
	opts.Extra = maps.Clone(opts.Extra)
	return opts
}

// check returns all that is wrong with the options.
func (o *Options) check() error {
	var errs []error
	if o.RequestsPerMinute < 0 || o.MaxPage < 0 || o.DeliveryTimeout < 0 {
		errs = append(errs, errors.New("negative RequestsPerMinute, MaxPage or DeliveryTimeout"))
	}
	for _, r := range routes(o.Paths) {
		if !strings.HasPrefix(r.path, "/") {
			errs = append(errs, fmt.Errorf("path %q of %s does not begin with a slash", r.path, r.name))
		}
		if n := strings.Count(r.path, idMark); r.needsID && n != 1 || !r.needsID && n != 0 {
			errs = append(errs, fmt.Errorf("path %q of %s has %d times %s", r.path, r.name, n, idMark))
		}
	}
	if _, err := encode(o.Extra, nil); err != nil {
		errs = append(errs, fmt.Errorf("extra members: %w", err))
	}
	return errors.Join(errs...)
}
