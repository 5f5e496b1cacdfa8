package provider

import (
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func gitLab() Info {
	return Info{
		Title:    "GitLab",
		Docs:     "https://docs.gitlab.com/user/project/integrations/webhooks/",
		Name:     "GitLab",
		Timeout:  10 * time.Second,
		Unsigned: "everything: the token is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:    "gitlab",
			Headers: verify.Headers{Signature: "X-Gitlab-Token", ID: "Idempotency-Key", Type: "X-Gitlab-Event"},
			Token:   verify.TokenText,
		},
	}
}

// GitLab returns the scheme "gitlab": GitLab signs nothing: X-Gitlab-Token is
// the webhook's secret token. See
// https://docs.gitlab.com/user/project/integrations/webhooks/.
//
// See [verify.TokenFormat] for what that does not prove.
//
// If the webhook has a signing token, use [GitLabSigned], which proves more.
//
// The id is Idempotency-Key, the same on every retry of one webhook.
// X-Gitlab-Event-UUID would not do: webhooks that one event leads to share it.
// The type is X-Gitlab-Event, such as "Push Hook".
//
// For the error see [verify.New].
func GitLab(tokens ...string) (*verify.Scheme, error) {
	return verify.New(gitLab().Spec, tokens...)
}
