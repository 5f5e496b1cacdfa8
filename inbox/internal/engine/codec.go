package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/inbox"
)

// A wireDelivery is a hooklatch.Delivery without header and body, as it is kept.
// Fields may be added, and no name ever changes its meaning.
type wireDelivery struct {
	Endpoint      string        `json:"endpoint"`
	Provider      string        `json:"provider"`
	Tenant        string        `json:"tenant,omitempty"`
	ID            string        `json:"id"`
	Type          string        `json:"type,omitempty"`
	TypeMember    string        `json:"type_member,omitempty"`
	Time          time.Time     `json:"time,omitzero"`
	Tolerance     time.Duration `json:"tolerance,omitempty"`
	KeyID         string        `json:"key_id,omitempty"`
	ContentDigest []byte        `json:"content_digest,omitempty"`
	Received      time.Time     `json:"received"`
}

func encodeDelivery(d *hooklatch.Delivery) ([]byte, error) {
	w := wireDelivery{
		Endpoint: d.Endpoint, Provider: d.Provider, Tenant: d.Tenant, ID: d.ID, Type: d.Type, TypeMember: d.TypeMember,
		Time: d.Time, Tolerance: d.Tolerance, KeyID: d.KeyID, Received: d.Received,
	}
	if d.ContentDigest != [32]byte{} {
		w.ContentDigest = d.ContentDigest[:]
	}
	return json.Marshal(w)
}

func decodeDelivery(data []byte) (*hooklatch.Delivery, error) {
	var w wireDelivery
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("a delivery in the table: %w", err)
	}
	d := &hooklatch.Delivery{Endpoint: w.Endpoint, TypeMember: w.TypeMember, Received: w.Received}
	d.Provider, d.Tenant, d.ID, d.Type, d.KeyID = w.Provider, w.Tenant, w.ID, w.Type, w.KeyID
	d.Time, d.Tolerance = w.Time, w.Tolerance
	copy(d.ContentDigest[:], w.ContentDigest)
	return d, nil
}

// encodeHeader writes a header as pairs of a name and a value, each with its
// length before it: values can hold bytes that are not UTF-8.
func encodeHeader(h http.Header) []byte {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var b []byte
	for _, name := range names {
		for _, value := range h[name] {
			b = appendString(appendString(b, name), value)
		}
	}
	return b
}

func decodeHeader(b []byte) (http.Header, error) {
	h := make(http.Header)
	for len(b) > 0 {
		name, rest, ok := cutString(b)
		value, rest, ok2 := cutString(rest)
		if !ok || !ok2 {
			return nil, fmt.Errorf("a header in the table is damaged")
		}
		h[name] = append(h[name], value)
		b = rest
	}
	return h, nil
}

func encodeTimeline(events []inbox.Event) string {
	text, err := json.Marshal(events)
	if err != nil {
		return "[]" // it has nothing that can't be marshalled
	}
	return string(text)
}

func decodeTimeline(text string) (events []inbox.Event, err error) {
	if err := json.Unmarshal([]byte(text), &events); err != nil {
		return nil, fmt.Errorf("a timeline in the table: %w", err)
	}
	return events, nil
}

// The events that are kept of a very long timeline.
const (
	firstEvents  = 10
	latestEvents = 40
)

func addEvent(events []inbox.Event, e inbox.Event) []inbox.Event {
	events = append(events, e)
	if len(events) > firstEvents+latestEvents {
		events = slices.Delete(events, firstEvents, len(events)-latestEvents)
	}
	return events
}

// mostText is how much of an error's text is kept, in bytes.
const mostText = 2 << 10

// text makes a string fit for a text column: PostgreSQL takes neither NUL nor
// what is not UTF-8.
func text(s string) string {
	if len(s) > mostText {
		s = s[:mostText] + "…"
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}

// notNil keeps empty bytes apart from NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return bytes.Clone(b)
}
