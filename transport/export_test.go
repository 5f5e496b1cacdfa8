package transport

// The defaults, which the options' documentation names.
const (
	DefaultAttempts = defaultAttempts
	DefaultFailures = defaultFailures
	DefaultOpenFor  = defaultOpenFor
	DefaultPause    = defaultPause
	DefaultTimeout  = defaultTimeout
)
