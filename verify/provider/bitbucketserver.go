package provider

import "github.com/hooklatch/hooklatch/verify"

func bitbucketServer() Info {
	return Info{
		Title:    "Bitbucket Data Center",
		Docs:     "https://confluence.atlassian.com/bitbucketserver/manage-webhooks-938025878.html",
		Name:     "BitbucketServer",
		Unsigned: "id, type, time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:    "bitbucket-server",
			Headers: verify.Headers{Signature: "X-Hub-Signature", ID: "X-Request-Id", Type: "X-Event-Key"},
			Prefix:  "sha256=",
		},
	}
}

// BitbucketServer returns the scheme "bitbucket-server": X-Hub-Signature is
// "sha256=" and the hexadecimal HMAC-SHA256 of the body. See
// https://confluence.atlassian.com/bitbucketserver/manage-webhooks-938025878.html.
//
// The id is X-Request-Id, and the type X-Event-Key, such as "repo:refs_changed".
// Neither the id nor the type is signed, and there is no timestamp: an attacker
// who has captured a delivery can send it again at any time and under any id. Only
// HTTPS protects against capture.
//
// For the error see [verify.New].
func BitbucketServer(secrets ...string) (*verify.Scheme, error) {
	return verify.New(bitbucketServer().Spec, secrets...)
}
