package handshake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/middleware"
)

// Zoom answers Zoom's challenge-response check, in AfterVerify: a signed POST of
// the event "endpoint.url_validation" with a plainToken in its payload. The answer
// has the token and, as encryptedToken, its hex HMAC-SHA256. Zoom repeats the
// check every 72 hours.
//
// secrets are the app's secret tokens, in the order in which the scheme got them:
// the one that verified the request answers it. The layer signs nothing but a
// token68, which has no colon, so that the answer is never the signature of an
// event: that is over "v0:<timestamp>:<body>".
//
// Zoom panics if there is no secret, one is empty, or e is nil.
//
// See https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint.
func Zoom(e *middleware.Endpoint, secrets ...string) func(http.Handler) http.Handler {
	g := newGreeter("Zoom", e)
	if newSecrets(g.name, "secret", secrets) == nil {
		panic("handshake: Zoom: no secret")
	}
	return g.after(func(w http.ResponseWriter, r *http.Request, d *hooklatch.Delivery) bool {
		const want = "endpoint.url_validation"
		if d.Type != "" && d.Type != want || len(d.Body) > maxSigned {
			return false
		}
		if event, _ := text(d.Body, "event"); event != want {
			return false
		}
		token, ok := text(member(d.Body, "payload"), "plainToken")
		if !ok || !isToken68(token) {
			g.deny(w, r, "plainToken", ErrMalformed)
			return true
		}
		mac := hmac.New(sha256.New, []byte(secrets[keyIndex(d.KeyID, len(secrets))]))
		mac.Write([]byte(token))
		g.answer(w, r, http.StatusOK, `{"plainToken":"`+token+`","encryptedToken":"`+hex.EncodeToString(mac.Sum(nil))+`"}`)
		return true
	})
}

// keyIndex returns the index of the secret that a scheme calls by id, the first if
// the id names none of n.
func keyIndex(id string, n int) int {
	if i, err := strconv.Atoi(id); err == nil && i >= 1 && i <= n {
		return i - 1
	}
	return 0
}
