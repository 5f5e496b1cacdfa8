package provider

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/hooklatch/hooklatch/verify"
)

// sortedForm returns the names and the values of a form as Twilio and Mandrill
// sign them: ordered by name, with nothing between them. A name's values are
// ordered, too, and count once.
func sortedForm(form url.Values) []byte {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	signed := []byte{} // not nil, which would mean the body
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			signed = append(append(signed, name...), value...)
		}
	}
	return signed
}

// openForm finds what is signed in a form.
func openForm(_ verify.Request, body []byte) (verify.Content, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return verify.Content{}, errors.New("the body is not a form")
	}
	return verify.Content{Signed: sortedForm(form)}, nil
}

// openTwilio finds what is signed in a form or, by the digest that the URL has
// of it, in any other body.
func openTwilio(r verify.Request, body []byte) (verify.Content, error) {
	_, text, _ := strings.Cut(r.Target, "?")
	query, err := url.ParseQuery(text)
	if err != nil {
		return verify.Content{}, errors.New("the query can't be read")
	}
	digests, ok := query["bodySHA256"]
	if !ok {
		c, err := openForm(r, body)
		if err == nil {
			form, _ := url.ParseQuery(string(body)) // as openForm has
			c.Type = first(form, "MessageStatus", "CallStatus", "SmsStatus", "EventType")
		}
		return c, err
	}
	sum := sha256.Sum256(body)
	sent, err := hex.DecodeString(digests[0])
	if err != nil || len(digests) > 1 || subtle.ConstantTimeCompare(sum[:], sent) != 1 {
		return verify.Content{}, errors.New("the body is not that of bodySHA256")
	}
	return verify.Content{Signed: []byte{}}, nil
}

// first returns the first of the fields that is not empty.
func first(form url.Values, names ...string) string {
	for _, name := range names {
		if v := form.Get(name); v != "" {
			return v
		}
	}
	return ""
}
