package transport

import (
	"errors"
	"path"
	"slices"
	"time"
)

// The defaults of [StaleOptions].
const (
	DefaultMaxStale   = 24 * time.Hour
	DefaultMaxEntry   = 256 << 10
	DefaultMaxEntries = 256
)

// StaleOptions are what [Stale] can be told. Zeros are the defaults above,
// unless said otherwise; negative values make Stale panic. With neither
// Operations nor Paths, which is also what nil means, no answer is kept.
type StaleOptions struct {
	// Operations are those whose answers are kept, by the name in [Call].
	Operations []string

	// Paths are the URL paths whose answers are kept: patterns of
	// [path.Match], such as "/v1/profiles/*".
	Paths []string

	// FreshFor is for how long a kept answer is served without asking the
	// provider. Zero is never.
	FreshFor time.Duration

	// MaxStale is the age from which on a kept answer no longer stands in
	// for one that could not be had. It must not be less than FreshFor.
	MaxStale time.Duration

	// MaxEntry bounds the size of an answer that is kept, header and body,
	// in bytes, and MaxEntries how many are kept. Together they bound the
	// memory.
	MaxEntry, MaxEntries int
}

// check puts in the defaults and finds everything that is wrong.
func (o *StaleOptions) check(source Source) error {
	var errs []error
	if source == nil {
		errs = append(errs, errors.New("nil source"))
	}
	for _, pattern := range o.Paths {
		if _, err := path.Match(pattern, ""); err != nil {
			errs = append(errs, errors.New("malformed pattern "+pattern))
		}
	}
	if o.FreshFor < 0 || o.MaxStale < 0 || o.MaxEntry < 0 || o.MaxEntries < 0 {
		errs = append(errs, errors.New("an option is negative"))
	}
	if o.MaxStale == 0 {
		o.MaxStale = max(DefaultMaxStale, o.FreshFor)
	}
	if o.MaxStale < o.FreshFor {
		errs = append(errs, errors.New("MaxStale is less than FreshFor"))
	}
	if o.MaxEntry == 0 {
		o.MaxEntry = DefaultMaxEntry
	}
	if o.MaxEntries == 0 {
		o.MaxEntries = DefaultMaxEntries
	}
	// The caller may change its slices.
	o.Operations, o.Paths = slices.Clone(o.Operations), slices.Clone(o.Paths)
	return errors.Join(errs...)
}

// lists tells whether answers for the operation or path are kept.
func (o *StaleOptions) lists(operation, urlPath string) bool {
	return operation != "" && slices.Contains(o.Operations, operation) ||
		slices.ContainsFunc(o.Paths, func(pattern string) bool {
			ok, _ := path.Match(pattern, urlPath)
			return ok
		})
}
