package provider

import "github.com/hooklatch/hooklatch/verify"

func cloudEventsBinary() Info {
	return Info{
		Title:    "CloudEvents, binary",
		Docs:     "https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md",
		Name:     "CloudEventsBinary",
		Unsigned: "everything: the token is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:       "cloudevents-binary",
			Headers:    verify.Headers{Signature: "Authorization", ID: "Ce-Id", Type: "Ce-Type"},
			Token:      verify.TokenAuthorization,
			TokenQuery: "access_token",
		},
	}
}

// CloudEventsBinary returns the scheme "cloudevents-binary": as [CloudEvents],
// but in the binary content mode: the id is Ce-Id and the type Ce-Type. See
// https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md.
//
// Ids are unique within one source only. Give each source an endpoint of its
// own.
//
// For the error see [verify.New].
func CloudEventsBinary(tokens ...string) (*verify.Scheme, error) {
	return verify.New(cloudEventsBinary().Spec, tokens...)
}
