package enginetest

import (
	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

// one is the filter for an entry's record.
func one(e inbox.Entry) inbox.Filter { return inbox.Filter{Keys: []idempotency.Key{e.Key}} }
