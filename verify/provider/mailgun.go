package provider

import (
	"encoding/json"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func mailgun() Info {
	return Info{
		Title:    "Mailgun",
		Docs:     "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
		Name:     "Mailgun",
		Retries:  after(10*time.Minute, 10*time.Minute, 15*time.Minute, 30*time.Minute, time.Hour, 2*time.Hour, 4*time.Hour),
		Unsigned: "everything but the time and a token: id, type and the whole event",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:   "mailgun",
			Signed: "{timestamp}{body}",
			Open:   openMailgun,
			Seal:   sealMailgun,
		},
	}
}

// Mailgun returns the scheme "mailgun": the body's member signature holds the Unix
// time, a token, and the hexadecimal HMAC-SHA256 of both. The secret is the
// account's webhook signing key. See
// https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks.
//
// The event is not signed. An attacker who has one genuine request can put any
// event in the place of its own, within the Tolerance. The Envelope has a
// ContentDigest of time and token, so the replay guard lets each take effect once.
// Only HTTPS protects against capture.
//
// The id and, as event, the type are members of event-data.
//
// For the error see [verify.New].
func Mailgun(signingKeys ...string) (*verify.Scheme, error) {
	return verify.New(mailgun().Spec, signingKeys...)
}

func openMailgun(_ verify.Request, body []byte) (verify.Content, error) {
	top, err := members(body, "signature", "event-data")
	if err != nil {
		return verify.Content{}, err
	}
	signature, err := members(top[0], "timestamp", "token", "signature")
	if err != nil {
		return verify.Content{}, err
	}
	c := verify.Content{
		Timestamp: text(signature[0]),
		Signed:    []byte(text(signature[1])),
		Signature: text(signature[2]),
	}
	if event, err := members(top[1], "id", "event"); err == nil {
		c.ID, c.Type = text(event[0]), text(event[1])
	}
	if len(c.Signed) == 0 || startsWithDigit(c.Signed) && len(c.Timestamp) < 10 {
		return verify.Content{}, errNotExpected
	}
	return c, nil
}

// startsWithDigit: nothing divides the time from the token, but times have had
// ten digits since 2001 and will until 2286.
func startsWithDigit(token []byte) bool { return token[0] >= '0' && token[0] <= '9' }

func sealMailgun(body []byte, signature, timestamp string) ([]byte, error) {
	top, err := members(body, "signature")
	if err != nil {
		return nil, err
	}
	inner, err := with(top[0], "signature", signature)
	if err != nil {
		return nil, err
	}
	if inner, err = with(inner, "timestamp", timestamp); err != nil {
		return nil, err
	}
	return with(body, "signature", json.RawMessage(inner))
}
