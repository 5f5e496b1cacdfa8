package engine

import (
	"context"
	"strings"

	"github.com/hooklatch/hooklatch/idempotency"
	"github.com/hooklatch/hooklatch/inbox"
)

const (
	columns = `SELECT seq, key, endpoint, type, lane, state, run, attempts, replays, fetched, payload, stored, due, ended,
	fingerprint, delivery, error, timeline FROM hooklatch_inbox`
	readPayload = `SELECT sealed, header, body FROM hooklatch_inbox_payload WHERE key = ?`
	countRows   = `SELECT count(*) FROM hooklatch_inbox`
)

// A row is a record as the table has it.
type row struct {
	inbox.Record
	endpoint string
	lane     string
	sent     string // the type as it came: the record's may be one that a handler has found
	run      int64
}

func (r *row) scan(s Scanner) error {
	var key, fingerprint, kept []byte
	var eventType, timeline string
	var state, attempts, replays, fetched, payload, stored, due, ended int64
	err := s.Scan(&r.Seq, &key, &r.endpoint, &eventType, &r.lane, &state, &r.run, &attempts, &replays, &fetched, &payload, &stored, &due, &ended,
		&fingerprint, &kept, &r.Error, &timeline)
	if err != nil {
		return err
	}
	copy(r.Key[:], key)
	copy(r.Fingerprint[:], fingerprint)
	r.State, r.Attempts, r.Replays = inbox.State(state), int(attempts), int(replays)
	r.Fetched, r.Payload = fetched != 0, payload != 0
	r.Stored, r.Ended = fromMicros(stored), fromMicros(ended)
	if r.State == inbox.Waiting {
		r.Due = fromMicros(due)
	}
	if r.Delivery, err = decodeDelivery(kept); err != nil {
		return err
	}
	if r.sent = r.Delivery.Type; r.sent == "" {
		r.Delivery.Type = eventType
	}
	r.Timeline, err = decodeTimeline(timeline)
	return err
}

// Get implements inbox.Box.
func (e *Engine[TTx]) Get(ctx context.Context, key idempotency.Key) (*inbox.Record, error) {
	r, err := e.load(ctx, key)
	if err != nil {
		return nil, e.failed("get", err)
	}
	return &r.Record, nil
}

// load returns a record with its payload.
func (e *Engine[TTx]) load(ctx context.Context, key idempotency.Key) (*row, error) {
	var r *row
	c := e.db.Read()
	err := c.Query(ctx, columns+` WHERE key = ?`, []any{key[:]}, func(s Scanner) error {
		r = new(row)
		return r.scan(s)
	})
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, inbox.ErrNotFound
	case !r.Payload:
		return r, nil
	}
	r.Payload = false // a sweep may have come in between
	err = c.Query(ctx, readPayload, []any{key[:]}, func(s Scanner) error {
		var isSealed int64
		var header, body []byte
		if err := s.Scan(&isSealed, &header, &body); err != nil {
			return err
		}
		if isSealed != 0 {
			if header, body, err = opened(e.set.Seal, key, body); err != nil {
				return err
			}
		}
		r.Payload, r.Delivery.Body = true, body
		r.Delivery.Header, err = decodeHeader(header)
		return err
	})
	return r, err
}

// List implements inbox.Box.
func (e *Engine[TTx]) List(ctx context.Context, f inbox.Filter, p *inbox.Page) ([]inbox.Record, error) {
	after, limit := int64(0), 100
	if p != nil {
		after = p.After
		if p.Limit > 0 {
			limit = p.Limit
		}
	}
	rows, err := e.rows(ctx, e.db.Read(), e.where(f).and(`seq > ?`, after), limit)
	records := make([]inbox.Record, len(rows))
	for i := range rows {
		records[i] = rows[i].Record
	}
	return records, e.failed("list", err)
}

// rows returns the records that match, in their order.
func (e *Engine[TTx]) rows(ctx context.Context, c Conn, w *where, limit int) (rows []row, err error) {
	err = c.Query(ctx, columns+w.text()+` ORDER BY seq LIMIT ?`, append(w.args, int64(limit)), func(s Scanner) error {
		rows = append(rows, row{})
		return rows[len(rows)-1].scan(s)
	})
	return rows, err
}

// Count implements inbox.Box.
func (e *Engine[TTx]) Count(ctx context.Context, f inbox.Filter) (int, error) {
	n, err := e.count(ctx, e.where(f))
	return n, e.failed("count", err)
}

func (e *Engine[TTx]) count(ctx context.Context, w *where) (int, error) {
	var n int64
	err := e.db.Read().Query(ctx, countRows+w.text(), w.args, func(s Scanner) error { return s.Scan(&n) })
	return int(n), err
}

const groupRows = `SELECT endpoint, type, fault, count(*), min(stored), max(stored) FROM hooklatch_inbox`

// Groups implements inbox.Box.
func (e *Engine[TTx]) Groups(ctx context.Context, f inbox.Filter) (groups []inbox.Group, err error) {
	w := e.where(f).and("error <> ''")
	query := groupRows + w.text() + ` GROUP BY endpoint, type, fault ORDER BY count(*) DESC, endpoint, type, fault`
	err = e.db.Read().Query(ctx, query, w.args, func(s Scanner) error {
		var g inbox.Group
		var n, first, last int64
		err := s.Scan(&g.Endpoint, &g.Type, &g.Fault, &n, &first, &last)
		g.Count, g.First, g.Last = int(n), fromMicros(first), fromMicros(last)
		groups = append(groups, g)
		return err
	})
	return groups, e.failed("groups", err)
}

// A where is a condition of SQL with its arguments.
type where struct {
	terms []string
	args  []any
}

func (w *where) and(term string, args ...any) *where {
	w.terms, w.args = append(w.terms, term), append(w.args, args...)
	return w
}

func (w *where) text() string {
	if len(w.terms) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.terms, " AND ")
}

// in is a term for one of n values.
func in(column string, n int) string {
	return column + " IN (?" + strings.Repeat(", ?", n-1) + ")"
}

// where makes a condition of a filter.
func (e *Engine[TTx]) where(f inbox.Filter) *where {
	w := new(where)
	if n := len(f.Keys); n > 0 {
		w.and(in("key", n))
		for i := range f.Keys {
			w.args = append(w.args, f.Keys[i][:])
		}
	}
	if n := len(f.States); n > 0 {
		w.and(in("state", n))
		for _, s := range f.States {
			w.args = append(w.args, int64(s))
		}
	}
	for _, t := range [...]struct{ column, value string }{
		{"endpoint", f.Endpoint}, {"provider", f.Provider}, {"tenant", f.Tenant}, {"type", f.Type}, {"fault", f.Fault},
	} {
		if t.value != "" {
			w.and(t.column+" = ?", text(t.value))
		}
	}
	if !f.From.IsZero() {
		w.and("stored >= ?", micros(f.From))
	}
	if !f.Before.IsZero() {
		w.and("stored < ?", micros(f.Before))
	}
	if f.Error != "" {
		w.and(e.db.Dialect().Contains+"(error, ?) > 0", text(f.Error))
	}
	return w
}
