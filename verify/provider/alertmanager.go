package provider

import "github.com/hooklatch/hooklatch/verify"

func alertmanager() Info {
	return Info{
		Title:    "Prometheus Alertmanager",
		Docs:     "https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
		Name:     "Alertmanager",
		Unsigned: "everything: the secret is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:        "alertmanager",
			Headers:     verify.Headers{Signature: "Authorization"},
			Token:       verify.TokenAuthorization,
			TypeMembers: []string{"status"},
			DigestID:    true,
		},
	}
}

// Alertmanager returns the scheme "alertmanager": Alertmanager signs nothing:
// its http_config sends a secret along, as Bearer credentials or, if the secret
// is written "user:password", as Basic ones. See
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config.
//
// See [verify.TokenFormat] for what that does not prove.
//
// The type is the body's status, "firing" or "resolved". The id is the digest
// of the body ([verify.Spec].DigestID): a retry has the same bytes, and so has
// a reminder of alerts that have not changed. A receiver that remembers the
// first notification drops its reminders as duplicates. If they matter, keep
// ids for less than the repeat_interval.
//
// Alertmanager retries what was answered with 5xx or cut off, and drops what
// was answered with 4xx.
//
// For the error see [verify.New].
func Alertmanager(tokens ...string) (*verify.Scheme, error) {
	return verify.New(alertmanager().Spec, tokens...)
}
