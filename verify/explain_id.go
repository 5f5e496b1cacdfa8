package verify

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

// ExplainID says why [Scheme.Verify] found no ID in a genuine request: a header
// is not there, the body can't be read, or has no such member. It returns nil
// if the provider sends no id, so far as the scheme knows, and if there is one.
// The error holds nothing of the body.
func (s *Scheme) ExplainID(h http.Header, body []byte) error {
	if s == nil || len(s.sets) == 0 || s.spec.DigestID {
		return nil
	}
	if s.spec.Headers.ID != "" {
		set, _ := s.headerSet(h)
		if len(h[set.ID]) > 0 && h[set.ID][0] != "" {
			return nil
		}
		return fmt.Errorf("verify: %s: the header %s is missing", s.name, set.ID)
	}
	if len(s.spec.IDMembers) == 0 {
		return nil
	}
	if _, ok := s.members.values(body, nil); !ok {
		err := jsonscan.Members(body, s.members.names, make([][]byte, len(s.members.names)))
		if err == nil {
			return fmt.Errorf("verify: %s: the id can't be read from the body: it is not an array", s.name)
		}
		return fmt.Errorf("verify: %s: the id can't be read from the body: %w", s.name, unread(body, err))
	}
	var env Envelope
	if s.members.read(&env, body); env.ID != "" {
		return nil
	}
	return fmt.Errorf("verify: %s: the body has no text or whole number in member %s to take the id from", s.name, strings.Join(s.spec.IDMembers, " or "))
}

var errBOM = errors.New("it begins with a byte order mark, which JSON excludes (RFC 8259, section 8.1)")

// unread returns a better reason than err, if there is one, why a body is not
// JSON.
func unread(body []byte, err error) error {
	if strings.HasPrefix(string(body[:min(3, len(body))]), "\ufeff") {
		return errBOM
	}
	return err
}
