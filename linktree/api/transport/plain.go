package transport

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// plain returns err without the URL that an [url.Error] adds: queries hold what
// no log should.
func plain(err error) error {
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

// errNoReason stands for an [url.Error] that wraps nothing, and would panic when
// it is printed.
var errNoReason = errors.New("the transport failed without a reason")

// discreet returns err in a form that does not show what is confidential of the
// request, however it was woven into the text.
func discreet(err error, r *http.Request) error {
	err = plain(err)
	text := err.Error()
	for _, s := range []string{r.URL.RawQuery, r.Header.Get("Authorization"), bearer(r)} {
		if s != "" {
			text = strings.ReplaceAll(text, s, "[redacted]")
		}
	}
	if text == err.Error() {
		return err
	}
	return &redactedError{text, err}
}

func bearer(r *http.Request) string {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// A redactedError is what the error is that it stands for, but can't be
// unwrapped: that one's text is not for logs.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string        { return e.text }
func (e *redactedError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *redactedError) As(target any) bool   { return errors.As(e.err, target) }
