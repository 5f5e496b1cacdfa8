package transport

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"
)

// The defaults of [StaleOptions].
const (
	defaultMaxStale   = 24 * time.Hour
	defaultMaxEntry   = 256 << 10
	defaultMaxEntries = 256
	defaultMaxBytes   = 16 << 20
)

// StaleOptions are what [Stale] can be told. Negative values make Stale panic. With neither
// Operations nor Paths, which is also what nil means, no answer is kept.
type StaleOptions struct {
	// Operations are those whose answers are kept, by the name in [Call].
	Operations []string

	// Paths are the URL paths whose answers are kept: patterns of
	// [path.Match], such as "/v1/profiles/*".
	Paths []string

	// Account names the account of a call's tokens, by the call's context.
	// Set it if the program knows the account whatever token is in use:
	// answers then belong to the account and not to the token. Nil, and an
	// empty name, leave them to the token. Stale does not check that a token
	// is the account's.
	Account func(ctx context.Context) string

	// FreshFor is for how long a kept answer is served without asking the
	// provider. Zero is never.
	FreshFor time.Duration

	// MaxStale is the age from which on a kept answer no longer stands in
	// for one that could not be had. It must not be less than FreshFor. Zero
	// is 24 hours, or FreshFor if that is more.
	MaxStale time.Duration

	// MaxEntry bounds the size of an answer that is kept, header and body,
	// in bytes. Zero is 256 KiB.
	MaxEntry int

	// MaxEntries bounds how many answers are kept, and MaxBytes the memory
	// that they take together. Zeros are 256 and 16 MiB. Those that were not
	// used for the longest time go first.
	MaxEntries int
	MaxBytes   int64
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
	if o.FreshFor < 0 || o.MaxStale < 0 || o.MaxEntry < 0 || o.MaxEntries < 0 || o.MaxBytes < 0 {
		errs = append(errs, errors.New("an option is negative"))
	}
	if o.MaxStale == 0 {
		o.MaxStale = max(defaultMaxStale, o.FreshFor)
	}
	if o.MaxStale < o.FreshFor {
		errs = append(errs, errors.New("MaxStale is less than FreshFor"))
	}
	if o.MaxEntry == 0 {
		o.MaxEntry = defaultMaxEntry
	}
	if o.MaxEntries == 0 {
		o.MaxEntries = defaultMaxEntries
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	// The caller may change its slices.
	o.Operations, o.Paths = slices.Clone(o.Operations), slices.Clone(o.Paths)
	return errors.Join(errs...)
}

// account returns the account of a call with the context, or "".
func (o *StaleOptions) account(ctx context.Context) string {
	if o.Account == nil {
		return ""
	}
	return o.Account(ctx)
}

// lists tells whether answers for the operation or path are kept.
func (o *StaleOptions) lists(operation, urlPath string) bool {
	return operation != "" && slices.Contains(o.Operations, operation) ||
		slices.ContainsFunc(o.Paths, func(pattern string) bool {
			ok, _ := path.Match(pattern, urlPath)
			return ok
		})
}
