package transport

import (
	"errors"
	"net/http"
	"strings"

	"github.com/hooklatch/hooklatch/transport/internal/urlerror"
)

// discreet returns err in a form that does not show what is confidential of the
// request, however it was woven into the text.
func discreet(err error, r *http.Request) error {
	err = urlerror.Strip(err)
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
