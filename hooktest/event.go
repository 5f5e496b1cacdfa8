// Package hooktest helps to test programs that receive webhooks. The tests need
// not know how the provider signs: a scheme of package provider does.
//
// An [Event] is what a provider has to tell. [NewRequest] makes its signed
// request for a handler under test, and [Tampered], [Stale], [Unsigned] and
// [Oversized] make requests that a receiver must turn away. [NewDelivery] skips
// HTTP and signatures, for tests of a handler on its own.
//
// A [Sender] delivers events as a provider does, with its retries, duplicates
// and lost connections. Over the in-memory [Server], inside a testing/synctest
// bubble, its waits take no real time. [NewStore] makes an idempotency store
// fail on demand.
package hooktest

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/verify"
)

// An Event is what a provider has to tell. A request of the same Event again is
// a duplicate, freshly signed, as a provider's retry is.
type Event struct {
	// ID is the delivery id. Empty means a fresh one for each request, or,
	// with a [Sender], for each call of it.
	ID string

	// Type is the event type, for schemes that name it in a header. It does
	// not change the body.
	Type string

	// Time is when the request is signed. Zero means when it is made, by the
	// clock of the scheme that signs it.
	Time time.Time

	// Body is the exact body.
	Body []byte
}

// NewEvent returns an event with a fresh id and the body
//
//	{"type": typ, "data": data, "timestamp": now in RFC 3339}
//
// as Linktree and providers that follow Standard Webhooks send it. It panics if
// data can't be encoded as JSON. For a body of another form, such as Stripe's
// and Slack's with the id in it, write an [Event].
//
// No two events of a process have the same body: the timestamps differ by
// nanoseconds at least, also in a testing/synctest bubble, where time stands
// still. Where a signature covers only time and body, a receiver takes two events
// with equal ones for one event that came again under another id.
func NewEvent(typ string, data any) Event {
	made := time.Duration(events.Add(1)) // nanoseconds
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Data      any       `json:"data"`
		Timestamp time.Time `json:"timestamp"`
	}{typ, data, time.Now().UTC().Truncate(time.Second).Add(made)})
	if err != nil {
		panic("hooktest: NewEvent: " + err.Error())
	}
	return Event{ID: newID(), Type: typ, Body: body}
}

// NewDelivery returns the delivery that a handler gets once the event's request
// has passed all layers: for tests of a handler without HTTP and without a
// signature. Its Provider and Endpoint are empty; a dispatch.Mux that serves HTTP
// wants a Provider. All fields may be changed before use. To pass the delivery in
// a context, see [hooklatch.NewContext].
func NewDelivery(ev Event) *hooklatch.Delivery {
	now := time.Now()
	return &hooklatch.Delivery{
		Envelope: ev.envelope(now),
		Header:   http.Header{"Content-Type": {contentType}},
		Body:     ev.Body,
		Received: now,
	}
}

// events counts those that NewEvent has made.
var events atomic.Int64

const contentType = "application/json"

// envelope returns what the event's request, made now, says of itself.
func (ev Event) envelope(now time.Time) verify.Envelope {
	env := verify.Envelope{ID: ev.ID, Type: ev.Type, Time: ev.Time}
	if env.ID == "" {
		env.ID = newID()
	}
	if env.Time.IsZero() {
		env.Time = now
	}
	return env
}

// now returns the time by the signer's own clock, if it has one.
func now(s verify.Signer) time.Time {
	if scheme, ok := s.(*verify.Scheme); ok && scheme.Now != nil {
		return scheme.Now()
	}
	return time.Now()
}

func newID() string { return "test_" + rand.Text() }
