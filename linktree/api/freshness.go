package api

import (
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

// Freshness says how old the result of a read is.
type Freshness struct {
	// Stale is whether the provider could not be asked, and this is what it
	// said earlier. A result that is merely kept, within the time that is
	// fresh enough, is not stale.
	Stale bool

	// Age is how long ago the provider has said it; 0 if just now.
	Age time.Duration
}

// freshness reads what the Stale layer has noted.
func freshness(resp *http.Response) Freshness {
	age, stale := transport.Staleness(resp)
	return Freshness{Stale: stale, Age: age}
}

// changedLinks notes that this client has changed, or may have changed, a link.
func (c *Client) changedLinks() { c.linksChanged.Store(time.Now().UnixNano()) }

// keepsOldLinks tells whether links that are still fresh enough to be answered
// from memory can be from before this client's own last change of one.
func (c *Client) keepsOldLinks() bool {
	changed := c.linksChanged.Load()
	return changed != 0 && time.Since(time.Unix(0, changed)) <= c.opts.Stale.FreshFor
}
