// Package urlerror takes the URLs out of errors: queries hold what no log
// should.
//
// Package discreet of the module linktree/api has the same few lines: that
// module may have a chain without any of these layers, one module can't import
// another's internal packages, and an exported name would be a promise.
package urlerror

import (
	"errors"
	"net/url"
)

// errNoReason stands for an [url.Error] that wraps nothing, and would panic when
// it is printed.
var errNoReason = errors.New("the transport failed without a reason")

// Strip returns err without the URL that an [url.Error] adds.
func Strip(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) {
			return err
		}
		if err = u.Err; err == nil {
			return errNoReason
		}
	}
}
