package handshake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/internal/jsonscan"
	"github.com/hooklatch/hooklatch/middleware"
)

// EventGridOptions are the optional settings of [EventGrid]. Nil and the zero
// value are ready to use.
type EventGridOptions struct {
	// Topics are the resource ids of the topics that may subscribe this
	// address, in any letter case. None means all that
	// Verify lets through.
	Topics []string

	// Manual withholds the code. The answer is 200 without it, and the log
	// and the Outcome get a [ToConfirm] with the URL by which a person
	// confirms the subscription, within 5 minutes. Event Grid accepts
	// the visit only after that answer.
	Manual bool
}

// EventGrid answers Azure Event Grid's subscription validation event, in
// AfterVerify, with its code: {"validationResponse":"…"}. It never visits the
// validationUrl; see Manual. For the CloudEvents schema, see [CloudEvents].
//
// EventGrid panics if e is nil.
//
// See https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery.
func EventGrid(e *middleware.Endpoint, o *EventGridOptions) func(http.Handler) http.Handler {
	g := newGreeter("EventGrid", e)
	var opts EventGridOptions
	if o != nil {
		opts = *o
	}
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		event := validationEvent(d)
		if event == nil {
			return false
		}
		topic, _ := text(event, "topic")
		if len(opts.Topics) > 0 && !slices.ContainsFunc(opts.Topics, func(t string) bool { return strings.EqualFold(t, topic) }) {
			return g.denied(w, r, "topic", ErrUnexpected)
		}
		data := member(event, "data")
		if opts.Manual {
			c := Confirmation{Provider: providerEventGrid, Topic: topic}
			c.URL, _ = text(data, "validationUrl")
			if err := c.check(); err != nil {
				return g.denied(w, r, "validationUrl", ErrUnexpected)
			}
			g.confirm(w, r, c, nil)
			return true
		}
		code, ok := text(data, "validationCode")
		if !ok || !isToken68(code) {
			return g.denied(w, r, "validationCode", ErrMalformed)
		}
		g.answer(w, r, http.StatusOK, `{"validationResponse":"`+code+`"}`)
		return true
	})
}

// validationEvent returns the one event of a body that asks for validation, nil if
// it is another body.
func validationEvent(d *hooklatch.Delivery) []byte {
	if len(d.Body) > maxSigned || d.Header.Get("Aeg-Event-Type") != "SubscriptionValidation" {
		return nil
	}
	var events []json.RawMessage
	if json.Unmarshal(d.Body, &events) != nil || len(events) != 1 {
		return nil
	}
	if typ, _ := jsonscan.String(member(events[0], "eventType")); typ != "Microsoft.EventGrid.SubscriptionValidationEvent" {
		return nil
	}
	return events[0]
}
