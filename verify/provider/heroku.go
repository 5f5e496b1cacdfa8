package provider

import "github.com/hooklatch/hooklatch/verify"

func heroku() Info {
	return Info{
		Title:    "Heroku",
		Docs:     "https://devcenter.heroku.com/articles/app-webhooks",
		Name:     "Heroku",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "heroku",
			Headers:     verify.Headers{Signature: "Heroku-Webhook-Hmac-SHA256"},
			Encoding:    verify.Base64,
			IDMembers:   []string{"webhook_metadata.delivery.id"},
			TypeMembers: []string{"webhook_metadata.event.include"},
		},
	}
}

// Heroku returns the scheme "heroku": Heroku-Webhook-Hmac-SHA256 is the base64
// HMAC-SHA256 of the body. See
// https://devcenter.heroku.com/articles/app-webhooks.
//
// The id is the delivery's and the type the event's, both in the body's
// webhook_metadata, and so are signed. No time is signed: a captured delivery
// verifies forever, though always under its own id.
//
// For the error see [verify.New].
func Heroku(secrets ...string) (*verify.Scheme, error) {
	return verify.New(heroku().Spec, secrets...)
}
