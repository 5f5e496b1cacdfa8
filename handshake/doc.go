// Package handshake answers the challenges by which providers check an address
// before they send events to it, or from time to time. Each is a layer for one of
// the two places that [middleware.ReceiverOptions] has:
//
//	hook := middleware.NewEndpoint("whatsapp", nil)
//	h := hook.Receiver(scheme, store, mux, &middleware.ReceiverOptions{
//		BeforeAccept: []func(http.Handler) http.Handler{handshake.Meta(hook, verifyToken)},
//	})
//
// BeforeAccept is for what is not signed:
//
//	Meta           GET      hub.challenge; Facebook, Instagram, WhatsApp
//	X              GET      crc_token
//	Dropbox        GET      challenge
//	Okta           GET      X-Okta-Verification-Challenge
//	CloudEvents    OPTIONS  WebHook-Request-Origin; also Azure Event Grid
//	Asana          POST     X-Hook-Secret
//	Notion         POST     verification_token
//	Monday         POST     challenge
//	SlackSSLCheck  POST     ssl_check
//
// AfterVerify is for what is signed, or proved genuine in another way:
//
//	Slack                url_verification, and ssl_check where it is signed
//	Zoom                 endpoint.url_validation
//	DiscordInteractions  PING
//	DiscordEvents        PING
//	SNS                  SubscriptionConfirmation
//	EventGrid            SubscriptionValidationEvent
//	Xero                 intent to receive
//
// [Unauthorized] and [XeroAnswers], in BeforeAccept, change the answers of the
// layers behind them for providers that check an answer's status.
//
// # What a handshake gives away
//
// A handshake lets nothing through that the layers behind it would refuse: it
// ends the requests that it answers, and leaves all others as they came. A wrong
// token is answered with 403 and a malformed challenge with 400; the answer does
// not say more. Tokens are compared in constant time.
//
// What is sent back is a token68 (RFC 9110, section 11.2) of at most 512 bytes:
// letters, digits and "-._~+/", then "=". No markup can be made of these. The
// answer is text/plain or JSON, with X-Content-Type-Options: nosniff.
//
// No handshake makes a request of its own, unless it is told to: see [Visit].
//
// The endpoint's log and [middleware.EndpointOptions].Observe get one
// [middleware.Outcome] for each handshake, with one of this package's results.
// Challenges, tokens and secrets are in none of them.
package handshake
