package inbox

import (
	"crypto/cipher"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/hooklatch/hooklatch"
)

// The defaults of [Settings].
const (
	DefaultWorkers        = 64
	DefaultHandlerTimeout = time.Minute
	DefaultMaxAttempts    = 35
	DefaultRetain         = 72 * time.Hour
	DefaultRetainFailed   = 30 * 24 * time.Hour

	// MinRetain is the shortest Retain: a box must know a delivery for longer
	// than its sender goes on sending it.
	MinRetain = 30 * time.Minute
)

// Settings say how the boxes of this module run handlers, and for how long they
// keep what. The zero value is ready to use: it means the defaults above.
// Negative values are refused when the box is opened.
type Settings struct {
	// Workers is how many deliveries of one endpoint are handled at once by
	// one Run.
	Workers int

	// HandlerTimeout bounds the handler's context. A handler that goes on for
	// three seconds more is left behind: its attempt has failed, and the next
	// one may begin before it has returned. It is also what a takeover waits
	// for: what a killed process had in hand runs elsewhere within
	// HandlerTimeout and a minute.
	HandlerTimeout time.Duration

	// MaxAttempts is after how many attempts a delivery is Dead. An attempt
	// that a killed process did not end counts too.
	MaxAttempts int

	// Backoff returns the wait between the end of an attempt, counted from
	// 1, and the next. Nil means [DefaultBackoff], which with
	// DefaultMaxAttempts goes on for three days.
	Backoff func(attempt int) time.Duration

	// MaxRetryAfter bounds what a handler asks for with dispatch.RetryAfter,
	// which takes the place of Backoff. Zero means a day.
	MaxRetryAfter time.Duration

	// Retain is for how long what is Done or Discarded is known, so that a
	// duplicate is recognised: at least as long as the sender retries, and no
	// less than [MinRetain].
	Retain time.Duration

	// RetainFailed is for how long what is Dead or DeadLettered is kept, with
	// its payload.
	RetainFailed time.Duration

	// DropDone deletes the payload of a delivery as soon as it is Done; its
	// mark stays for Retain. It can't be replayed then.
	DropDone bool

	// Order, if set, returns the key of a delivery within its endpoint, such
	// as the id of the link or the account that it is about. Deliveries of
	// one key are handled one at a time, in the order in which they were
	// stored, whatever processes run, fail or die: the next one waits until
	// the one before has ended, through all of its attempts. Those of
	// different keys, and those whose key is empty, don't wait for each
	// other. It is called by Put, and must not change in what it returns
	// while deliveries wait.
	//
	// Senders retry, so the order in which deliveries come is not always that
	// of the events: see Newest of the boxes' packages.
	Order func(*hooklatch.Delivery) string

	// DeadBlocks makes a Dead delivery stop those of its key that come after
	// it, until an operator replays or discards it. Otherwise they pass.
	DeadBlocks bool

	// Seal, if it is not empty, encrypts header and body in the database. The
	// first cipher seals what comes from now on, and any of them opens what
	// is there: to rotate a key, put the new one first and leave the old one
	// until nothing that it sealed is kept. Endpoint, provider, tenant, id,
	// type and the texts of errors stay readable. A payload that none of them
	// opens is not handled, and waits.
	//
	// The ciphers must take random nonces of their NonceSize, as AES-GCM does.
	Seal []cipher.AEAD

	// Logger gets a line for each attempt that fails or ends other than Done,
	// without the payload. Nil means [slog.Default].
	Logger *slog.Logger
}

// DefaultBackoff is 15 seconds after the first attempt, doubles with each, and
// is three hours at most. A quarter of it is random, so that what failed
// together is not tried again together.
func DefaultBackoff(attempt int) time.Duration {
	const first, most = 15 * time.Second, 3 * time.Hour
	d := most
	if attempt < 11 {
		d = min(first<<max(attempt-1, 0), most)
	}
	return d*7/8 + rand.N(d/4)
}
