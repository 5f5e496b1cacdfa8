package transport

import (
	"context"
	"errors"
)

// ErrNoToken says that a request was not sent because its [Source] had no
// token for it. It is wrapped: ask with [errors.Is].
var ErrNoToken = errors.New("no token for the provider")

// A Source has the token that requests are sent with. It is asked for every
// request, by several goroutines at a time, and so should answer from memory
// unless there is something new to fetch.
type Source interface {
	// Token returns the token to use. rejected is empty, or the token that
	// the provider has just refused with 401: a source that can get a newer
	// one does so then. If it returns the same one, there is none newer.
	//
	// An error keeps the request from being sent. It must not hold a token,
	// for it is passed on, wrapped in [ErrNoToken].
	Token(ctx context.Context, rejected string) (string, error)
}

// SourceFunc makes a [Source] of a function.
type SourceFunc func(ctx context.Context, rejected string) (string, error)

// Token calls f.
func (f SourceFunc) Token(ctx context.Context, rejected string) (string, error) {
	return f(ctx, rejected)
}

// StaticToken returns a source that has one token and never a newer one. It is
// not shown when the source is printed, logged or encoded, be it within a
// struct. An empty token is [ErrNoToken] with each request.
func StaticToken(token string) Source {
	// Of a string in an unexported field fmt would print the text, whatever
	// methods its type has; of a function it has only the address.
	return static{func() string { return token }}
}

type static struct{ token func() string }

func (s static) Token(context.Context, string) (string, error) {
	if s.token() == "" {
		return "", ErrNoToken
	}
	return s.token(), nil
}

func (s static) String() string { return "static token" }
