package handshake

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/hooklatch/hooklatch/internal/wire"
	"github.com/hooklatch/hooklatch/middleware"
)

// EventGridOrigin is the origin of Azure Event Grid where it sends events in the
// CloudEvents schema.
//
// See https://learn.microsoft.com/en-us/azure/event-grid/webhook-event-delivery.
const EventGridOrigin = "eventgrid.azure.net"

// CloudEventsOptions are the optional settings of [CloudEvents]. Nil and the zero
// value are ready to use.
type CloudEventsOptions struct {
	// Rate is how many requests a minute the sender may send. Zero means
	// that there is no limit to tell.
	Rate int
}

// CloudEvents answers the validation request of the CloudEvents webhook
// specification, in BeforeAccept: OPTIONS with a WebHook-Request-Origin. origins
// are the senders that get permission, such as "eventemitter.example.com", or
// [EventGridOrigin] for Azure Event Grid; others are answered with 405. The
// permission proves nothing about a later delivery, which must still be verified.
//
// Permission is given at once. A WebHook-Request-Callback, by which it could be
// given later, is an unsigned URL, and CloudEvents never visits it.
//
// CloudEvents panics if there is no origin or one is not a DNS name, Rate is
// negative, or e is nil.
//
// See https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md,
// section 4.
func CloudEvents(e *middleware.Endpoint, origins []string, o *CloudEventsOptions) func(http.Handler) http.Handler {
	g := newGreeter("CloudEvents", e)
	allowed := checkOrigins(origins)
	rate := "*"
	if o != nil && o.Rate < 0 {
		panic("handshake: CloudEvents: negative rate")
	}
	if o != nil && o.Rate > 0 {
		rate = strconv.Itoa(o.Rate)
	}
	return g.before(func(w http.ResponseWriter, r *http.Request) *http.Request {
		const name = "WebHook-Request-Origin"
		if r.Method != http.MethodOptions {
			return r
		}
		given := r.Header.Values(name)
		if len(given) == 0 {
			return r
		}
		w.Header().Set("Allow", "POST, HEAD")
		if len(given) > 1 {
			g.deny(w, r, name, ErrRepeated)
			return nil
		}
		for _, origin := range allowed {
			if strings.EqualFold(origin, given[0]) {
				w.Header().Set("WebHook-Allowed-Origin", origin)
				w.Header().Set("WebHook-Allowed-Rate", rate)
				g.answer(w, r, http.StatusOK, "")
				return nil
			}
		}
		g.endpoint.Report(r, middleware.Outcome{Result: Denied, Err: &Error{g.name, name, ErrUnexpected}})
		wire.AnswerUnread(w, r, http.StatusMethodNotAllowed, "Method not allowed")
		return nil
	})
}

func checkOrigins(origins []string) []string {
	if len(origins) == 0 {
		panic("handshake: CloudEvents: no origin")
	}
	allowed := make([]string, len(origins))
	for i, origin := range origins {
		for _, c := range origin {
			if c != '-' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				origin = ""
			}
		}
		if origin == "" {
			panic("handshake: CloudEvents: an origin is a DNS name")
		}
		allowed[i] = origin
	}
	return allowed
}
