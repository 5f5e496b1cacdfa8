package provider

import "github.com/hooklatch/hooklatch/verify"

func checkoutCom() Info {
	return Info{
		Title:    "Checkout.com",
		Docs:     "https://www.checkout.com/docs/developer-resources/webhooks",
		Name:     "CheckoutCom",
		Unsigned: "time",
		Proof:    ProofOwn,
		Spec: verify.Spec{
			Name:        "checkout.com",
			Headers:     verify.Headers{Signature: "Cko-Signature"},
			IDMembers:   []string{"id"},
			TypeMembers: []string{"type"},
		},
	}
}

// CheckoutCom returns the scheme "checkout.com": Cko-Signature is the
// hexadecimal HMAC-SHA256 of the body. See
// https://www.checkout.com/docs/developer-resources/webhooks.
//
// The id and the type are members of the body, and so are signed. No time is
// signed: a captured delivery verifies forever, though always under its own
// id.
//
// For the error see [verify.New].
func CheckoutCom(secrets ...string) (*verify.Scheme, error) {
	return verify.New(checkoutCom().Spec, secrets...)
}
