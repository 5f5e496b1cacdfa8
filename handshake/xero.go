package handshake

import (
	"bytes"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/middleware"
)

// Xero answers Xero's intent to receive, in AfterVerify: a signed POST with no
// events in it, with 200. Xero sends some that are wrongly signed as well, and
// wants 401 for those, and no body in any answer: put [XeroAnswers] into
// BeforeAccept.
//
// Xero panics if e is nil.
//
// See https://developer.xero.com/documentation/webhooks/configuring-your-server.
func Xero(e *middleware.Endpoint) func(http.Handler) http.Handler {
	g := newGreeter("Xero", e)
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		if len(d.Body) > maxSigned || !isEmptyArray(member(d.Body, "events")) {
			return false
		}
		g.answer(w, r, http.StatusOK, "")
		return true
	})
}

func isEmptyArray(raw []byte) bool {
	return len(raw) >= 2 && raw[0] == '[' && len(bytes.Trim(raw[1:len(raw)-1], " \t\r\n")) == 0
}

// XeroAnswers, itself a layer for BeforeAccept, is [Unauthorized] that also leaves
// out the body and the cookies of every answer, as Xero requires. It panics if
// next is nil.
//
// See https://developer.xero.com/documentation/webhooks/configuring-your-server.
func XeroAnswers(next http.Handler) http.Handler {
	return newStatusLayer("XeroAnswers", next, true)
}
