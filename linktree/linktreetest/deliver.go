package linktreetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/verify"
)

const (
	maxPending = 10_000 // deliveries in hand
	maxOnWire  = 64     // of them, being sent at the same time
)

// ErrOverload is why a delivery was dropped: 10,000 others were in hand.
var ErrOverload = errors.New("linktreetest: too many deliveries in hand")

// An Attempt is one at delivering an event to a webhook.
type Attempt struct {
	DeliveryID string // the same for all attempts at a delivery
	WebhookID  string
	Type       string    // the event's
	Number     int       // from 1
	Time       time.Time // when it was sent
	Status     int       // of the answer; 0 if there was none
	Err        error     // why there was no answer, or not all of it
}

// OK reports whether the event counts as delivered: the answer was complete and
// its status 2xx.
func (a Attempt) OK() bool { return a.Err == nil && a.Status/100 == 2 }

// Attempts returns how deliveries went, in the order in which they were
// answered. Of more than 10,000 it has the last.
func (p *Provider) Attempts() []Attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attempts.all()
}

// Wait returns when no delivery is in hand: each has succeeded, or its retries
// are used up, or its webhook was switched off or deleted. It returns ctx's
// error if that ends first.
func (p *Provider) Wait(ctx context.Context) error {
	p.mu.Lock()
	idle, pending := p.idle, p.pending
	p.mu.Unlock()
	if pending == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Emit delivers an event to the creator's webhooks that are active and
// subscribed to its type. It does not wait. Events on their way overtake each
// other.
//
// data is one of the payloads of package linktree, or whatever a test needs. It
// panics if data can't be encoded as JSON.
func (c *Creator) Emit(typ string, data any) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.emit(typ, data)
}

// An event is one that is on its way to one webhook.
type event struct {
	id   string // of the delivery
	typ  string
	body []byte
}

// emit is Emit. The lock is held.
func (c *Creator) emit(typ string, data any) {
	p := c.p
	// The times of events differ by nanoseconds at least: the id is not
	// signed, and two equal bodies of the same second might be taken for one
	// that is sent again.
	p.events++
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Data      any       `json:"data"`
		Timestamp time.Time `json:"timestamp"`
	}{typ, data, time.Now().UTC().Truncate(time.Second).Add(time.Duration(p.events))})
	if err != nil {
		panic(fmt.Sprintf("linktreetest: Emit: %v", err))
	}
	for _, wh := range c.webhooks {
		if wh.run.ctx.Err() != nil || !slices.Contains(wh.Events, typ) {
			continue
		}
		ev := event{id: "dlv_" + rand.Text(), typ: typ, body: body}
		if p.pending == maxPending {
			p.attempts.add(Attempt{DeliveryID: ev.id, WebhookID: wh.ID, Type: typ, Number: 1, Time: time.Now(), Err: ErrOverload})
			continue
		}
		if p.pending++; p.pending == 1 {
			p.idle = make(chan struct{})
		}
		go p.deliver(wh, wh.run, ev)
	}
}

// deliver tries until an attempt succeeds, the retries are used up or the run
// ends.
func (p *Provider) deliver(wh *webhook, r *run, ev event) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.pending--; p.pending == 0 {
			close(p.idle)
		}
	}()
	waits := linktree.RetrySchedule()
	for i := 0; r.ctx.Err() == nil; i++ {
		if p.attempt(wh, r, ev, i+1) || i == len(waits) {
			return
		}
		select {
		case <-time.After(waits[i]):
		case <-r.ctx.Done():
		}
	}
}

// attempt sends an event once and reports whether it is delivered.
func (p *Provider) attempt(wh *webhook, r *run, ev event, number int) bool {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-r.ctx.Done():
	}
	if r.ctx.Err() != nil {
		return false
	}
	a := Attempt{DeliveryID: ev.id, WebhookID: wh.ID, Type: ev.typ, Number: number, Time: time.Now()}
	a.Status, a.Err = p.post(wh.URL, ev)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts.add(a)
	wh.count(r, a.Time, a.OK())
	return a.OK()
}

// post sends an event. It goes on if the webhook is switched off in the
// meantime.
func (p *Provider) post(url string, ev event) (status int, err error) {
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, url, bytes.NewReader(ev.body))
	if err != nil {
		return 0, err
	}
	if err := p.signer.Sign(r.Header, verify.Envelope{ID: ev.id, Type: ev.typ}, ev.body); err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := p.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
	return resp.StatusCode, err
}
