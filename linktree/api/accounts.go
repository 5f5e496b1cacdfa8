package api

import (
	"context"
	"errors"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/hooklatch/hooklatch/transport"
)

// maxAccounts is how many clients an [Accounts] keeps: beyond what it has used
// lately, a client's limits are not worth their memory.
const maxAccounts = 10_000

// Accounts has a client for each of many accounts. They share one transport, the
// memory of old answers and the circuits, which are of the provider; limits are
// each account's own. Use it for programs that act for many creators: clients
// that are made one by one have all of that each.
//
// It is safe for concurrent use. It keeps the clients of the 10,000 accounts
// that were used last; more than that within a minute lose count of what they
// have sent.
type Accounts struct {
	sourceOf func(account string) transport.Source
	opts     Options

	mu      sync.Mutex
	clients *simplelru.LRU[string, *Client]
}

// shared is what the clients of an [Accounts] have in common.
type shared struct {
	stale   layer
	breaker *transport.Breaker
}

// NewAccounts returns a helper whose clients have the tokens of sourceOf, which
// is called when an account is first used, by several goroutines at a time and
// maybe twice for one account. The options are those of [New] for
// every client; Account must be empty, and Layers nil. What is wrong with them is
// an [ErrConfig], and all that is wrong is joined.
func NewAccounts(sourceOf func(account string) transport.Source, o *Options) (*Accounts, error) {
	a := &Accounts{sourceOf: sourceOf, opts: *clone(o)}
	errs := []error{a.opts.check()}
	if sourceOf == nil {
		errs = append(errs, wrong("nil sourceOf"))
	}
	if a.opts.Account != "" || a.opts.Layers != nil {
		errs = append(errs, wrong("Account and Layers are not for NewAccounts"))
	}
	stale := *a.opts.Stale
	stale.Account = accountOf
	a.opts.shared = &shared{
		stale: try(&errs, func() layer {
			return transport.Stale(transport.SourceFunc(noSource), &stale)
		}),
		breaker: try(&errs, func() *transport.Breaker { return transport.NewBreaker(a.opts.Breaker) }),
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	a.clients, _ = simplelru.NewLRU[string, *Client](maxAccounts, nil) // it only refuses a size that is not positive
	return a, nil
}

// Client returns the account's client, always the same one while it is in use. The
// first time it asks the account's source for a token, as [New] does. The account
// is the creator's username; see Options.Account.
func (a *Accounts) Client(account string) (*Client, error) {
	if account == "" {
		return nil, wrong("an account without a name")
	}
	if c := a.get(account); c != nil {
		return c, nil
	}
	opts := a.opts
	opts.Account = account
	made, err := New(a.sourceOf(account), &opts) // without the lock: the source may be slow
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.clients.Get(account); ok {
		return c, nil // another call was faster
	}
	a.clients.Add(account, made)
	return made, nil
}

func (a *Accounts) get(account string) *Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, _ := a.clients.Get(account)
	return c
}

// CloseIdleConnections closes the connections that no call is using.
func (a *Accounts) CloseIdleConnections() {
	if t, ok := a.opts.Transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

type accountKey struct{}

// accountOf returns the account of a call with the context.
func accountOf(ctx context.Context) string {
	account, _ := ctx.Value(accountKey{}).(string)
	return account
}

// noSource is of a layer that needs none, as it always knows the account.
func noSource(context.Context, string) (string, error) { return "", transport.ErrNoToken }

// builtLayers returns the Stale layer and the breaker of a client: those that it
// shares, or its own.
func (o *Options) builtLayers(source transport.Source, errs *[]error) (layer, *transport.Breaker) {
	if o.shared != nil {
		return o.shared.stale, o.shared.breaker
	}
	stale := *o.Stale
	if o.Account != "" {
		stale.Account = accountOf
	}
	return try(errs, func() layer { return transport.Stale(source, &stale) }),
		try(errs, func() *transport.Breaker { return transport.NewBreaker(o.Breaker) })
}
