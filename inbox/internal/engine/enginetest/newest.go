package enginetest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

// oldEventsAreDropped: what is older than what was applied is not applied, and
// what was rolled back was not applied.
func oldEventsAreDropped(t *testing.T, open opener) {
	r := open(inbox.Settings{MaxAttempts: 2, Backoff: soon})
	r.run(handler(func(ctx context.Context, d *hooklatch.Delivery) error {
		entity, n, _ := strings.Cut(string(d.Body), ":")
		version, err := strconv.ParseInt(strings.TrimSuffix(n, "!"), 10, 64)
		if err != nil {
			return err
		}
		newest, err := r.Newest(ctx, entity, version)
		if err != nil || !newest {
			return err
		}
		if strings.HasSuffix(n, "!") {
			return errors.New("after it was noted")
		}
		return r.Insert(ctx, string(d.Body))
	}))
	for _, step := range []struct {
		body  string
		state inbox.State
		rows  int
	}{
		{"a:5", inbox.Done, 1},
		{"a:4", inbox.Done, 0},
		{"a:9!", inbox.Dead, 0}, // rolled back
		{"a:8", inbox.Done, 1},
		{"a:8", inbox.Done, 2}, // the same again
		{"a:-1", inbox.Done, 0},
		{"b:1", inbox.Done, 1},
	} {
		r.until(r.put(Entry(step.body)), step.state)
		if n := r.Rows(step.body); n != step.rows {
			t.Errorf("%s was applied %d times, want %d", step.body, n, step.rows)
		}
	}
	if _, err := r.Newest(t.Context(), "a", 1); !errors.Is(err, inbox.ErrNoTx) {
		t.Errorf("Newest outside of a handler: %v", err)
	}
}

func newCipher(t *testing.T, key byte) cipher.AEAD {
	block, err := aes.NewCipher(bytes.Repeat([]byte{key}, 32))
	if err != nil {
		t.Fatal(err)
	}
	c, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// payloadsAreSealed: the database has nothing of header and body, and the
// handler has all of it.
func payloadsAreSealed(t *testing.T, open opener) {
	ciphers := []cipher.AEAD{newCipher(t, 1), newCipher(t, 2)}
	r := open(inbox.Settings{Seal: ciphers, MaxAttempts: 1, Backoff: soon})
	e := Entry("a secret body")
	r.put(e)
	plain := strings.ToUpper(hex.EncodeToString([]byte("secret body")) + "|" + hex.EncodeToString([]byte("X-Test")))
	for part := range strings.SplitSeq(plain, "|") {
		if raw := r.Raw(); len(raw) == 0 || bytes.Contains(raw, []byte(part)) {
			t.Errorf("the database has %s in %s", part, raw)
		}
	}
	ciphers[0], ciphers[1] = newCipher(t, 3), ciphers[0] // rotated: the engine sees the same slice
	got := make(chan *hooklatch.Delivery, 2)
	r.run(handler(func(_ context.Context, d *hooklatch.Delivery) error { got <- d; return nil }))
	if d := <-got; string(d.Body) != "a secret body" || d.Header.Get("X-Test") != "yes" {
		t.Errorf("the handler got %q, %v", d.Body, d.Header)
	}
	r.until(e, inbox.Done)
	ciphers[1] = newCipher(t, 4) // lost
	if _, err := r.Box.Get(t.Context(), e.Key); err == nil {
		t.Error("Get of a payload that no cipher opens: no error")
	}
	if records, err := r.Box.List(t.Context(), inbox.Filter{}, nil); err != nil || len(records) != 1 || records[0].Delivery.ID != e.Delivery.ID {
		t.Errorf("List needs no cipher: %v, %v", records, err)
	}
}
