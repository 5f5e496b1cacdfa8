package provider

import (
	"encoding/json"
	"strings"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
	"github.com/hooklatch/hooklatch/verify"
)

func adyen() Info {
	return Info{
		Title:    "Adyen, payments",
		Docs:     "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/",
		Name:     "Adyen",
		Unsigned: "time, and all but eight fields",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:         "adyen",
			Open:         openAdyen,
			Seal:         sealAdyen,
			Encoding:     verify.Base64,
			SecretFormat: verify.SecretHex,
		},
	}
}

// Adyen returns the scheme "adyen", of the standard webhooks about payments: the
// item's additionalData.hmacSignature is the base64 HMAC-SHA256 of eight of its
// fields, joined by colons: pspReference, originalReference,
// merchantAccountCode, merchantReference, the amount's value and currency,
// eventCode, and success. The secret is hexadecimal, as Adyen shows it. See
// https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/.
// For the platform's webhooks use [AdyenPlatform].
//
// Nothing else is signed: not the reason, not eventDate, not the rest of
// additionalData, and no time. A reference with a colon in it can be read as a
// part of the next. A body holds one item; the scheme refuses more.
//
// The id is made of pspReference, eventCode and success, which are the same when
// Adyen delivers again, and signed. The type is eventCode.
//
// For the error see [verify.New].
func Adyen(keys ...string) (*verify.Scheme, error) {
	return verify.New(adyen().Spec, keys...)
}

// adyenItem returns the only item of a body.
func adyenItem(body []byte) ([]byte, error) {
	top, err := members(body, "notificationItems")
	if err != nil {
		return nil, err
	}
	items, err := jsonscan.Elements(top[0], 1)
	if err != nil || len(items) != 1 {
		return nil, errNotExpected
	}
	wrapper, err := members(items[0], "NotificationRequestItem")
	if err != nil {
		return nil, err
	}
	return wrapper[0], nil
}

func openAdyen(_ verify.Request, body []byte) (verify.Content, error) {
	item, err := adyenItem(body)
	if err != nil {
		return verify.Content{}, err
	}
	f, err := members(item, "pspReference", "originalReference", "merchantAccountCode", "merchantReference",
		"eventCode", "success", "amount", "additionalData")
	if err != nil {
		return verify.Content{}, err
	}
	psp, code, success := text(f[0]), text(f[4]), text(f[5])
	amount := [][]byte{nil, nil}
	if f[6] != nil {
		if amount, err = members(f[6], "value", "currency"); err != nil {
			return verify.Content{}, err
		}
	}
	c := verify.Content{
		Signed: []byte(strings.Join([]string{
			psp, text(f[1]), text(f[2]), text(f[3]), text(amount[0]), text(amount[1]), code, success,
		}, ":")),
		ID:   psp + ":" + code + ":" + success,
		Type: code,
	}
	if f[7] != nil {
		extra, err := members(f[7], "hmacSignature")
		if err != nil {
			return verify.Content{}, err
		}
		c.Signature = text(extra[0])
	}
	return c, nil
}

func sealAdyen(body []byte, signature, _ string) ([]byte, error) {
	item, err := adyenItem(body)
	if err != nil {
		return nil, err
	}
	f, err := members(item, "additionalData")
	if err != nil {
		return nil, err
	}
	extra, err := with(f[0], "hmacSignature", signature)
	if err != nil {
		return nil, err
	}
	if item, err = with(item, "additionalData", json.RawMessage(extra)); err != nil {
		return nil, err
	}
	wrapper := map[string]json.RawMessage{"NotificationRequestItem": item}
	return with(body, "notificationItems", []any{wrapper})
}
