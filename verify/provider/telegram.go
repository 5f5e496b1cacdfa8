package provider

import "github.com/hooklatch/hooklatch/verify"

func telegram() Info {
	return Info{
		Title:    "Telegram",
		Docs:     "https://core.telegram.org/bots/api#setwebhook",
		Name:     "Telegram",
		Unsigned: "everything: the token is sent along",
		Proof:    ProofToken,
		Spec: verify.Spec{
			Name:      "telegram",
			Headers:   verify.Headers{Signature: "X-Telegram-Bot-Api-Secret-Token"},
			Token:     verify.TokenText,
			IDMembers: []string{"update_id"},
		},
	}
}

// Telegram returns the scheme "telegram": Telegram signs nothing:
// X-Telegram-Bot-Api-Secret-Token is the secret_token that setWebhook was
// given. See https://core.telegram.org/bots/api#setwebhook.
//
// See [verify.TokenFormat] for what that does not prove.
//
// The id is the body's update_id, a number. There is no type: an update has a
// member named after its kind.
//
// For the error see [verify.New].
func Telegram(tokens ...string) (*verify.Scheme, error) {
	return verify.New(telegram().Spec, tokens...)
}
