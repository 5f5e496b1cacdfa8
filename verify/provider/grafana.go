package provider

import "github.com/hooklatch/hooklatch/verify"

func grafana() Info {
	return Info{
		Title:    "Grafana Alerting",
		Docs:     "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
		Name:     "Grafana",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "grafana",
			Headers:     verify.Headers{Signature: "X-Grafana-Alerting-Signature"},
			TypeMembers: []string{"status"},
			DigestID:    true,
		},
	}
}

// Grafana returns the scheme "grafana": X-Grafana-Alerting-Signature is the
// hexadecimal HMAC-SHA256 of the body. See
// https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/.
//
// Leave the contact point's timestamp header empty: with one, Grafana signs the
// time, a colon, and the body. The type is the body's status, "firing" or
// "resolved". The id is the digest of the body ([verify.Spec].DigestID), so
// that reminders with equal bodies are duplicates.
//
// For the error see [verify.New].
func Grafana(secrets ...string) (*verify.Scheme, error) {
	return verify.New(grafana().Spec, secrets...)
}
