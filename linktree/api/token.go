package api

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/transport"
	"github.com/hooklatch/hooklatch/transport/tokens"
)

// sourceTimeout is how long New waits for the first token.
const sourceTimeout = 10 * time.Second

// A checkedSource refuses tokens that can't be meant, also those that come
// later, when the manager has been given something else. While the source fails
// it has the last one still: a token is valid until the provider refuses it, or
// its manager has withdrawn it.
type checkedSource struct {
	transport.Source
	mode mode

	mu   sync.Mutex
	last string
}

func (s *checkedSource) Token(ctx context.Context, rejected string) (string, error) {
	token, err := s.Source.Token(ctx, rejected)
	if err == nil {
		if err := checkToken(token, s.mode); err != nil {
			return "", wrong("the token %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last = token
		return token, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, tokens.ErrWithdrawn) {
		s.last = ""
	}
	if ctx.Err() != nil || rejected != "" || s.last == "" {
		return "", err
	}
	return s.last, nil
}

// check asks the source for the first time.
func (s *checkedSource) check() error {
	ctx, cancel := context.WithTimeout(context.Background(), sourceTimeout)
	defer cancel()
	_, err := s.Token(ctx, "")
	if err != nil && !errors.Is(err, ErrConfig) {
		return wrong("the source has no token: %w", discreet.Cause(err, new(url.URL)))
	}
	return err
}

// checkToken finds what is wrong with a token. Its errors follow "the token",
// and don't repeat it.
func checkToken(token string, m mode) error {
	lower := strings.ToLower(token)
	switch {
	case token == "":
		return errors.New("is empty")
	case strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return errors.New(`has a space, or a character that is not printable ASCII (it goes without "Bearer")`)
	case m == development:
		return nil
	case strings.ContainsAny(token, "\"'`<>{}$"):
		return errors.New("has quotes or brackets around it, or is the name of a variable")
	case slices.Contains(placeholderTokens, lower) || distinct(token) < 4 || hasPart(lower, placeholderParts):
		return errors.New("looks like a placeholder (Options.InsecureDevelopment permits those)")
	case m == sandbox && hasWord(lower, productionWords):
		return errors.New("looks like one for production, and Options.Sandbox is set")
	case m == production && hasWord(lower, sandboxWords):
		return errors.New("looks like one for a sandbox or for tests (Options.Sandbox permits those)")
	case hasWord(lower, placeholderWords):
		return errors.New("looks like one for examples (Options.InsecureDevelopment permits those)")
	}
	return nil
}

// The words of a token or a host name that say what it is for. Within a random
// token they hardly ever stand alone.
var (
	sandboxWords     = []string{"test", "tests", "testing", "tester", "sandbox", "staging", "stage", "dev", "demo"}
	productionWords  = []string{"live", "prod", "production"}
	placeholderWords = []string{
		"dummy", "fake", "mock", "sample", "your", "mytoken", "todo", "fixme", "foobar", "none", "null", "undefined",
	}
	// Words long enough to tell anywhere.
	placeholderParts = []string{"changeme", "change-me", "change_me", "example", "placeholder", "replaceme", "redacted", "yourtoken"}
	// What is no token if it is all there is.
	placeholderTokens = []string{"token", "secret", "password", "bearer", "key", "apikey", "api_key", "api-key", "api_token", "access_token"}
)

// hasWord tells whether one of the words, with or without a number, stands alone
// in a text in lower case.
func hasWord(text string, words []string) bool {
	found := strings.FieldsFunc(text, func(c rune) bool { return !discreet.IsAlnum(byte(c)) })
	return slices.ContainsFunc(found, func(w string) bool {
		return slices.Contains(words, strings.TrimRight(w, "0123456789"))
	})
}

func hasPart(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
}

// distinct counts the characters that differ.
func distinct(s string) int {
	seen := map[rune]bool{}
	for _, c := range s {
		seen[c] = true
	}
	return len(seen)
}
