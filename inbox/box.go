package inbox

import (
	"context"
	"errors"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
)

// The errors of boxes. Test for them with errors.Is.
var (
	// ErrNotFound: the box has no record of the key.
	ErrNotFound = errors.New("inbox: no such delivery")

	// ErrInUse: another process has opened a box that is for one process.
	ErrInUse = errors.New("inbox: in use by another process")

	// ErrNewer: a newer version of this module has changed the box's tables
	// in a way that this version can't work with.
	ErrNewer = errors.New("inbox: written by a newer version")

	// ErrForeign: what should be the box's own is not: a file that is no
	// database or a damaged one, or a table of another program.
	ErrForeign = errors.New("inbox: not a box of this module")

	// ErrNoTx: the context is not that of a handler that the box runs.
	ErrNoTx = errors.New("inbox: no attempt of this box in the context")
)

// A Box keeps deliveries. All methods are safe for concurrent use, and by
// several processes if the box is shared.
//
// When a method can't be carried out within its context, or at all, it returns
// an error. After such an error the change may or may not have happened.
//
// Package inboxtest checks an implementation against all of this.
type Box interface {
	// Put stores the delivery and makes it Waiting, unless the box knows it:
	// then it changes nothing, and the Receipt is that of a duplicate. It
	// returns when the delivery is durable: from then on no crash of the
	// process or the machine loses it. Of any number of concurrent Puts of
	// one key one stores the delivery.
	//
	// Put keeps neither the Delivery nor its Body. It may wait for others, to
	// store several deliveries at once.
	Put(ctx context.Context, e Entry) (Receipt, error)

	// Get returns the record of a key, with header and body. The error is
	// ErrNotFound if there is none.
	Get(ctx context.Context, key idempotency.Key) (*Record, error)

	// List returns the records that match, in the order in which they were
	// stored, without header and body. A nil p means the first page.
	List(ctx context.Context, f Filter, p *Page) ([]Record, error)

	// Count returns how many records match.
	Count(ctx context.Context, f Filter) (int, error)

	// Groups returns the records that match and have an Error as one line for
	// each fault of each type of each endpoint, those with most records first:
	// what one bug did is one line. Replay and Discard take all of a line by
	// its fields.
	Groups(ctx context.Context, f Filter) ([]Group, error)

	// Replay makes the records that match Waiting again and returns how many
	// they were. Their handlers run with the same Delivery, marked as a
	// Replay, and with a new set of attempts. Records that are Waiting, and
	// those whose payload is gone, are left as they are. If f names no
	// states, it means Dead and DeadLettered. A nil o means the defaults.
	Replay(ctx context.Context, f Filter, o *ReplayOptions) (int, error)

	// Pause keeps the deliveries of an endpoint, or of one of its event types,
	// from being handled, in all processes: they are stored and wait until
	// Resume. What is running goes on. An empty eventType means all types. To
	// pause again what is paused changes nothing. by is who asks for it.
	Pause(ctx context.Context, endpoint, eventType, by string) error

	// Resume ends a Pause of just that endpoint and type: what waits is
	// handled, unless another Pause holds it. It reports whether there was
	// one.
	Resume(ctx context.Context, endpoint, eventType string) (bool, error)

	// Pauses returns what is paused, the oldest first.
	Pauses(ctx context.Context) ([]Pause, error)

	// Discard gives up the records that match and returns how many they
	// were: their payload is deleted, their handler does not run any more,
	// and their mark stays, so that a duplicate is known. by is who asks for
	// it; it stands in the record. If f names no states, it means Dead and
	// DeadLettered. Records that are Done stay Done, without their payload:
	// with all states named, Discard erases what a tenant has sent.
	Discard(ctx context.Context, f Filter, by string) (int, error)
}

// A Handler takes one delivery out of a box, as a [dispatch.Mux] does. The
// delivery has taken effect if it returns nil.
//
// [dispatch.Mux]: https://pkg.go.dev/github.com/hooklatch/hooklatch/dispatch#Mux
type Handler interface {
	HandleDelivery(ctx context.Context, d *hooklatch.Delivery) error
}

// A Runner is a Box that runs handlers.
type Runner interface {
	Box

	// Run gives the deliveries of the endpoints that handlers names to their
	// handlers, and leaves those of all other endpoints alone. It returns nil
	// once ctx has ended and what was in hand then is finished and recorded.
	//
	// A handler's context outlives ctx, carries a [hooklatch.Reporter], and
	// ends when the handler's time is over. The Delivery's Attempt counts from
	// 1, and its Replay says whether an operator asked for it again.
	Run(ctx context.Context, handlers map[string]Handler) error
}

// An Entry is what Put stores.
type Entry struct {
	// Key names the delivery; see [idempotency.NewKey].
	Key idempotency.Key

	// Delivery is what came. It must not be nil.
	Delivery *hooklatch.Delivery

	// Fingerprint tells one body from another; see [idempotency.Request]. Zero
	// means that the body is not to be compared with those of duplicates.
	Fingerprint [32]byte

	// Digest, if it is not zero, stands for the signed content at the
	// endpoint: a second Entry with it is a duplicate of the first, under
	// whatever key it comes, for Window from the first Put on.
	Digest [32]byte
	Window time.Duration

	// Fetched says that the program has fetched the delivery from the
	// provider's API: it was not received.
	Fetched bool
}

// FetchedEntry returns the Entry for a delivery that the program has fetched from
// the provider's API, to fill the gap that an outage has left. d needs Endpoint,
// Provider and ID, and Tenant where there are several: they make the key, so that
// the box knows one that comes both ways, whichever way is first. Set its Type
// and Body to what the handler expects.
func FetchedEntry(d *hooklatch.Delivery) (Entry, error) {
	if d == nil || d.Endpoint == "" || d.Provider == "" || d.ID == "" {
		return Entry{}, errors.New("inbox: a fetched delivery needs Endpoint, Provider and ID")
	}
	key := idempotency.NewKey(idempotency.Identity{Endpoint: d.Endpoint, Provider: d.Provider, Tenant: d.Tenant, ID: d.ID})
	return Entry{Key: key, Delivery: d, Fetched: true}, nil
}

// A Receipt says what came of a Put.
type Receipt struct {
	// Duplicate: the box knew the delivery already.
	Duplicate bool

	// Key is the entry's own, or the key that its Digest first came with.
	Key idempotency.Key

	// Fingerprint is that of the entry that was stored.
	Fingerprint [32]byte
}

// ReplayOptions are the optional settings of a Replay. Nil and the zero value
// are ready to use.
type ReplayOptions struct {
	// By is who asks for it; it stands in the record.
	By string

	// PerSecond spreads the replays out over time. Zero means no limit.
	PerSecond float64

	// DryRun counts what would be replayed, and changes nothing.
	DryRun bool

	// Since leaves out what has been replayed at that time or later. With the
	// time at which a Replay began, a second call goes on where the first was
	// cut short. The zero time leaves nothing out.
	Since time.Time
}
