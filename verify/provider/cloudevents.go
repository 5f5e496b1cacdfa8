package provider

import "github.com/hooklatch/hooklatch/verify"

func cloudEvents() Info {
	return Info{
		Title:    "CloudEvents, structured",
		Docs:     "https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
		Name:     "CloudEvents",
		Unsigned: "everything: the token is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:        "cloudevents",
			Headers:     verify.Headers{Signature: "Authorization"},
			Token:       verify.TokenAuthorization,
			TokenQuery:  "access_token",
			IDMembers:   []string{"source+id"},
			TypeMembers: []string{"type"},
		},
	}
}

// CloudEvents returns the scheme "cloudevents": the secret comes along as
// Bearer credentials, or as access_token in the query, as section 3 of HTTP 1.1
// Web Hooks for Event Delivery says. See
// https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md.
//
// See [verify.TokenFormat] for what that does not prove.
//
// This is the structured content mode, a JSON body with the event in it. The id
// is the members source and id, which identify an event only together; the type
// is type. For the binary mode use [CloudEventsBinary].
//
// For the error see [verify.New].
func CloudEvents(tokens ...string) (*verify.Scheme, error) {
	return verify.New(cloudEvents().Spec, tokens...)
}
