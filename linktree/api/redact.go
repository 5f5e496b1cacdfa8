package api

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"

	"github.com/hooklatch/hooklatch/linktree/api/internal/urlerror"
	"github.com/hooklatch/hooklatch/transport"
)

// kinds are what the layers' errors are told by, and must be told by after they
// have been stripped.
var kinds = []error{transport.ErrCircuitOpen, transport.ErrLocalLimit, transport.ErrTimeout, transport.ErrTooLarge, transport.ErrNoToken}

// cause returns what is fit to show of an error of the transport: without the
// URL that [url.Error] prints, and without text that repeats the query or the
// Authorization header.
func cause(err error, u *url.URL) error {
	inner := urlerror.Strip(err)
	if text := inner.Error(); u.RawQuery != "" && strings.Contains(text, u.RawQuery) || strings.Contains(text, "Bearer ") {
		inner = withheld{inner}
	}
	for _, kind := range kinds {
		if errors.Is(err, kind) && !errors.Is(inner, kind) {
			return fmt.Errorf("%w: %w", kind, inner)
		}
	}
	var timed net.Error // of the context's deadline too
	if errors.As(err, &timed) && timed.Timeout() && !errors.Is(err, transport.ErrTimeout) {
		return fmt.Errorf("%w: %w", transport.ErrTimeout, inner)
	}
	return inner
}

// withheld is an error whose text must not be shown. It can be asked for what
// it is, but not unwrapped.
type withheld struct{ err error }

func (w withheld) Error() string        { return fmt.Sprintf("%T, whose text is withheld", w.err) }
func (w withheld) Is(target error) bool { return errors.Is(w.err, target) }

// plain returns s if it is a word of at most limit characters that can stand in
// a log line as it is, and otherwise the empty string.
func plain(s string, limit int) string {
	if len(s) > limit {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		if !isAlnum(c) && !strings.ContainsRune("-_.:", rune(c)) {
			return ""
		}
	}
	return s
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// clean returns s without characters that control a terminal or the direction
// of writing, in at most limit bytes of valid UTF-8: for one line of a log,
// where sanitize.Text would leave line feeds in.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s[:min(len(s), limit)], "")
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			return -1
		}
		return r
	}, s)
}
