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
)

// sourceTimeout is how long New waits for the first token.
const sourceTimeout = 10 * time.Second

// A checkedSource refuses tokens that can't be meant, also those that come
// later, when the manager has been given something else. While the source fails
// it has the last one still: a token is valid until the provider refuses it.
type checkedSource struct {
	transport.Source
	insecure bool

	mu   sync.Mutex
	last string
}

func (s *checkedSource) Token(ctx context.Context, rejected string) (string, error) {
	token, err := s.Source.Token(ctx, rejected)
	if err == nil {
		if err := checkToken(token, s.insecure); err != nil {
			return "", wrong("the token %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last = token
		return token, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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
func checkToken(token string, insecure bool) error {
	switch {
	case token == "":
		return errors.New("is empty")
	case strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return errors.New(`has a space, or a character that is not printable ASCII (it goes without "Bearer")`)
	case insecure:
		return nil
	case strings.ContainsAny(token, "\"'`<>{}$"):
		return errors.New("has quotes or brackets around it, or is the name of a variable")
	case isPlaceholder(strings.ToLower(token)):
		return errors.New("looks like one for tests or examples (Options.InsecureDevelopment permits those)")
	}
	return nil
}

var (
	// Words that stand alone in test tokens: "sk_test_…". Within a random
	// token they hardly ever do.
	placeholderWords = []string{
		"test", "tests", "testing", "tester", "sandbox", "dummy", "fake", "mock", "sample", "demo",
		"your", "mytoken", "todo", "fixme", "foobar", "none", "null", "undefined",
	}
	// Words long enough to tell anywhere.
	placeholderParts = []string{"changeme", "change-me", "change_me", "example", "placeholder", "replaceme", "redacted", "yourtoken"}
	// What is no token if it is all there is.
	placeholderTokens = []string{"token", "secret", "password", "bearer", "key", "apikey", "api_key", "api-key", "api_token", "access_token"}
)

// isPlaceholder tells whether a token, in lower case, was hardly issued by a
// provider.
func isPlaceholder(token string) bool {
	words := strings.FieldsFunc(token, func(c rune) bool { return !discreet.IsAlnum(byte(c)) })
	return slices.Contains(placeholderTokens, token) ||
		slices.ContainsFunc(placeholderParts, func(p string) bool { return strings.Contains(token, p) }) ||
		slices.ContainsFunc(words, func(w string) bool {
			return slices.Contains(placeholderWords, strings.TrimRight(w, "0123456789"))
		}) ||
		distinct(token) < 4
}

// distinct counts the characters that differ.
func distinct(s string) int {
	seen := map[rune]bool{}
	for _, c := range s {
		seen[c] = true
	}
	return len(seen)
}
