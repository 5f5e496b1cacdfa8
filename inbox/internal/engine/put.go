package engine

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

// A put is one Put on its way into a transaction: what it writes, and what came
// of it.
type put struct {
	entry    inbox.Entry // without the Delivery, which is the caller's
	endpoint string
	lane     string // empty: none
	row      []any  // of the table, from the key on
	payload  []any
	digest   any // []byte, or nil: none
	receipt  inbox.Receipt
	told     chan error
}

const (
	insertRow = `INSERT INTO hooklatch_inbox (key, endpoint, provider, tenant, id, type, lane, state, queued, run, attempts, replays, replayed,
	fetched, payload, stored, due, ended, expires, fingerprint, digest, digest_until, delivery, error, fault, timeline)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, 0, 0, ?, 1, ?, ?, 0, 0, ?, ?, ?, ?, '', '', '[]') ON CONFLICT DO NOTHING`
	insertPayload = `INSERT INTO hooklatch_inbox_payload (key, sealed, header, body) VALUES (?, ?, ?, ?)`
	freeDigest    = `UPDATE hooklatch_inbox SET digest = NULL WHERE digest = ? AND digest_until <= ?`
	findKnown     = `SELECT key, fingerprint FROM hooklatch_inbox WHERE key = ? OR digest = ?`
)

var errChanged = errors.New("the delivery's record was deleted at the same time")

// Put implements inbox.Box.
func (e *Engine[TTx]) Put(ctx context.Context, entry inbox.Entry) (inbox.Receipt, error) {
	p, err := newPut(entry, &e.set)
	if err == nil {
		err = e.writes.put(ctx, p)
	}
	if err != nil {
		return inbox.Receipt{}, e.failed("put", err)
	}
	return p.receipt, nil
}

func newPut(entry inbox.Entry, set *inbox.Settings) (*put, error) {
	d := entry.Delivery
	if d == nil {
		return nil, errors.New("an entry without a delivery")
	}
	kept, err := encodeDelivery(d)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	p := &put{entry: entry, endpoint: d.Endpoint}
	queued := int64(1)
	if set.Order != nil {
		if p.lane = laneOf(d.Endpoint, set.Order(d)); p.lane != "" {
			queued = 0 // until it is its turn
		}
	}
	p.entry.Delivery = nil
	var until, fetched int64
	if entry.Digest != [32]byte{} {
		p.digest = bytes.Clone(entry.Digest[:])
		until = micros(now.Add(entry.Window))
	}
	if entry.Fetched {
		fetched = 1
	}
	p.row = []any{
		bytes.Clone(entry.Key[:]), text(d.Endpoint), text(d.Provider), text(d.Tenant), text(d.ID), text(typeOf(d)), p.lane, int64(inbox.Waiting), queued,
		fetched, micros(now), micros(now), bytes.Clone(entry.Fingerprint[:]), p.digest, until, kept,
	}
	p.payload, err = sealed(set.Seal, entry.Key, encodeHeader(d.Header), d.Body)
	return p, err
}

// inLockOrder sorts Puts so that transactions of several processes that store
// the same deliveries take their locks in one order, and never wait for each
// other in a circle. Those of one lane, whose lock is ours, stay in the order in
// which they came.
func inLockOrder(puts []*put) []*put {
	puts = slices.Clone(puts)
	slices.SortStableFunc(puts, func(a, b *put) int {
		if a.lane != "" || b.lane != "" {
			return strings.Compare(a.lane, b.lane)
		}
		return bytes.Compare(a.entry.Key[:], b.entry.Key[:])
	})
	return puts
}

// storeAll stores what is new, with its jobs, and finds what is known.
func (e *Engine[TTx]) storeAll(ctx context.Context, tx TTx, puts []*put) error {
	if len(puts) == 0 {
		return nil
	}
	puts = inLockOrder(puts)
	c := e.db.In(tx)
	var free, rows [][]any
	for _, p := range puts {
		if p.digest != nil {
			free = append(free, []any{p.digest, micros(time.Now())})
		}
		rows = append(rows, p.row)
	}
	if len(free) > 0 {
		if _, err := c.Exec(ctx, freeDigest, free...); err != nil {
			return err
		}
	}
	stored, err := c.Exec(ctx, insertRow, rows...)
	if err != nil {
		return err
	}
	var payloads [][]any
	var jobs []river.InsertManyParams
	for i, p := range puts {
		if stored[i] == 0 {
			if err := p.known(ctx, c); err != nil {
				return err
			}
			continue
		}
		p.receipt = inbox.Receipt{Key: p.entry.Key, Fingerprint: p.entry.Fingerprint}
		payloads = append(payloads, p.payload)
		if p.lane == "" {
			jobs = append(jobs, jobFor(p.endpoint, p.entry.Key, 1))
		}
	}
	if len(payloads) == 0 {
		return nil
	}
	if _, err := c.Exec(ctx, insertPayload, payloads...); err != nil || len(jobs) == 0 {
		return err
	}
	_, err = e.queue.InsertManyFastTx(ctx, tx, jobs)
	return err
}

// known fills in the receipt of a duplicate.
func (p *put) known(ctx context.Context, c Conn) error {
	found := false
	err := c.Query(ctx, findKnown, []any{p.entry.Key[:], p.digest}, func(s Scanner) error {
		var key, fingerprint []byte
		if err := s.Scan(&key, &fingerprint); err != nil {
			return err
		}
		// The digest binds first: a known signature is a duplicate of the
		// first delivery with it, whatever id it comes with.
		if found && bytes.Equal(key, p.entry.Key[:]) {
			return nil
		}
		found = true
		p.receipt = inbox.Receipt{Duplicate: true, Key: idempotency.Key(key), Fingerprint: [32]byte(fingerprint)}
		return nil
	})
	if err == nil && !found {
		err = errChanged
	}
	return err
}

// mostRescues is how often River may take a job over before it gives it up. It
// is not to: we count attempts ourselves.
const mostRescues = 30000

func jobFor(endpoint string, key idempotency.Key, run int64) river.InsertManyParams {
	return river.InsertManyParams{
		Args:       delivery{Key: key[:], Run: run},
		InsertOpts: &river.InsertOpts{Queue: queueOf(endpoint), MaxAttempts: mostRescues},
	}
}

// flush writes a batch in one transaction.
func (e *Engine[TTx]) flush(b batch) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	return e.inTx(ctx, func(ctx context.Context, tx TTx) error {
		lanes := b.lanes()
		if err := e.lockLanes(ctx, tx, lanes); err != nil {
			return err
		}
		if err := e.storeAll(ctx, tx, b.puts); err != nil {
			return err
		}
		if err := e.endAll(ctx, tx, b.ends); err != nil {
			return err
		}
		return e.advance(ctx, tx, lanes)
	})
}
