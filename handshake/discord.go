package handshake

import (
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/middleware"
)

// DiscordInteractions answers Discord's PING at an Interactions Endpoint URL, in
// AfterVerify: a signed POST of the type 1, with a PONG, {"type":1}.
//
// Discord also sends requests that are not genuine and wants 401 for them: put
// [Unauthorized] into BeforeAccept.
//
// DiscordInteractions panics if e is nil.
//
// See https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint.
func DiscordInteractions(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("DiscordInteractions", e)
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		// At a Webhook Events URL, 1 is the type of an event.
		if len(d.Body) > maxSigned || string(member(d.Body, "type")) != "1" || member(d.Body, "event") != nil {
			return false
		}
		g.answer(w, r, http.StatusOK, `{"type":1}`)
		return true
	})
}

// DiscordEvents answers Discord's PING at a Webhook Events URL, in AfterVerify: a
// signed POST of the type 0, with 204.
//
// Discord also sends requests that are not genuine and wants 401 for them: put
// [Unauthorized] into BeforeAccept.
//
// DiscordEvents panics if e is nil.
//
// See https://docs.discord.com/developers/events/webhook-events#preparing-for-events.
func DiscordEvents(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("DiscordEvents", e)
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		if len(d.Body) > maxSigned || string(member(d.Body, "type")) != "0" {
			return false
		}
		// Discord wants a valid Content-Type, with no content.
		w.Header().Set("Content-Type", "application/json")
		g.answer(w, r, http.StatusNoContent, "")
		return true
	})
}
