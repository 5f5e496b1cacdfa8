package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func gitLabSigned() Info {
	return Info{
		Title:    "GitLab, signing token",
		Docs:     "https://docs.gitlab.com/user/project/integrations/webhooks/",
		Name:     "GitLabSigned",
		Timeout:  10 * time.Second,
		Unsigned: "type",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name: "gitlab-signed",
			Headers: verify.Headers{
				Signature: "Webhook-Signature",
				Timestamp: "Webhook-Timestamp",
				ID:        "Webhook-Id",
				Type:      "X-Gitlab-Event",
			},
			Signed:    "{id}.{timestamp}.{body}",
			Prefix:    "v1,",
			Encoding:  verify.Base64,
			Separator: " ",
			ParseKey:  parseStandardKey,
		},
	}
}

// GitLabSigned returns the scheme "gitlab-signed", for GitLab's webhooks with a
// signing token: the signatures are those of [StandardWebhooks], and so is the
// form of the token, "whsec_" and base64. See
// https://docs.gitlab.com/user/project/integrations/webhooks/ and, for what is
// signed, https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944.
//
// The id is Webhook-Id, equal to Idempotency-Key, and signed. The type is
// X-Gitlab-Event, such as "Push Hook", outside the signature. Prefer it to
// [GitLab], whose token protects nothing.
//
// For the error see [verify.New].
func GitLabSigned(signingTokens ...string) (*verify.Scheme, error) {
	return verify.New(gitLabSigned().Spec, signingTokens...)
}
