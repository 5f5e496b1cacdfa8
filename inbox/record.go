package inbox

import (
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
)

// A State says how far a delivery in a box has come.
type State uint8

// The states. The zero State is none of them.
const (
	// Waiting: for its first attempt, for another one, or for the end of the
	// one that is running.
	Waiting State = iota + 1

	// Done: it has taken effect, or is of a type that no handler is for.
	Done

	// DeadLettered: it failed for good, and a dead-letter hook has taken it.
	DeadLettered

	// Dead: it failed for good, or as often as it may.
	Dead

	// Discarded: an operator has given it up.
	Discarded
)

// String returns the state in words, such as "dead-lettered".
func (s State) String() string {
	switch s {
	case Waiting:
		return "waiting"
	case Done:
		return "done"
	case DeadLettered:
		return "dead-lettered"
	case Dead:
		return "dead"
	case Discarded:
		return "discarded"
	}
	return "invalid"
}

// A Record is what a box knows of one delivery.
type Record struct {
	Key         idempotency.Key
	Seq         int64 // the order in which deliveries were stored
	State       State
	Fingerprint [32]byte

	// Delivery is what came. Its Header and Body are nil in a List, and once
	// the payload is gone.
	Delivery *hooklatch.Delivery

	// Payload says whether the box still has header and body.
	Payload bool

	// Fetched says that it was fetched, not received.
	Fetched bool

	Stored time.Time // when Put stored it
	Due    time.Time // when the next attempt may begin, while it is Waiting
	Ended  time.Time // when it reached its State; zero while it is Waiting

	// Attempts counts those of the handler since it was stored, or since it
	// was last replayed.
	Attempts int

	// Replays counts how often an operator had it handled again.
	Replays int

	// Error is the last attempt's; empty if that succeeded.
	Error string

	// Timeline is what happened, oldest first: the first and the latest of
	// them, where there were very many.
	Timeline []Event
}

// An Event is one line of a record's timeline.
type Event struct {
	Time     time.Time     `json:"time"`
	What     string        `json:"what"`               // "done", "failed", "dead", "dead-lettered", "unknown type", "replayed", "discarded"
	Attempt  int           `json:"attempt,omitempty"`  // of the handler; zero if it did not run
	Duration time.Duration `json:"duration,omitempty"` // of the attempt, in nanoseconds
	Error    string        `json:"error,omitempty"`
	By       string        `json:"by,omitempty"` // who asked for it
}

// A Filter picks records. Each field that is not zero narrows the choice; the
// zero Filter matches all.
type Filter struct {
	Keys                             []idempotency.Key // one of them
	States                           []State           // one of them
	Endpoint, Provider, Tenant, Type string            // exactly that; until a handler has found another, Type is the body's member "type" if the request named none
	From, Before                     time.Time         // stored in that span
	Error                            string            // a part of the last error's text, case matters
	Fault                            string            // the last error's Fault
}

// A Pause says what is not handled at present.
type Pause struct {
	Endpoint, Type string    // an empty Type means all of the endpoint's
	By             string    // who asked for it
	Since          time.Time // from when on
}

// A Page is a part of a list.
type Page struct {
	After int64 // the Seq of the last record of the page before; zero at first
	Limit int   // at most so many; zero means 100
}
