package provider

import (
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func hubSpot() Info {
	return Info{
		Title:    "HubSpot",
		Docs:     "https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation",
		Name:     "HubSpot",
		Retries:  Retries{Known: true, Horizon: 24 * time.Hour},
		Timeout:  5 * time.Second,
		Unsigned: "",
		Proof:    ProofVector,
		Spec: verify.Spec{
			Name:          "hubspot",
			Headers:       verify.Headers{Signature: "X-HubSpot-Signature-v3", Timestamp: "X-HubSpot-Request-Timestamp"},
			Signed:        "{method}{url}{body}{timestamp}",
			SpellURL:      hubspotURL,
			Encoding:      verify.Base64,
			TimestampUnit: time.Millisecond,
			IDMembers:     []string{"[].eventId"},
			TypeMembers:   []string{"[].subscriptionType"},
		},
	}
}

// HubSpot returns the scheme "hubspot": X-HubSpot-Signature-v3 is the base64
// HMAC-SHA256 of the request's method and URL, the body, and the time in
// X-HubSpot-Request-Timestamp, in milliseconds. The secret is the app's client
// secret. See
// https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation.
//
// A body is an array of up to 100 events. The id stands for the eventId of all
// of them, and the type is theirs, if all have the same. Both are signed.
// HubSpot signs the URL with some characters decoded; the scheme does so, too.
//
// The URL is the address under which the provider knows the endpoint, which
// only configuration can tell: see [verify.Spec].PublicURL.
//
// For the error see [verify.New].
func HubSpot(url string, secrets ...string) (*verify.Scheme, error) {
	return hubSpot().New(url, secrets...)
}

// hubspotURL decodes what HubSpot decodes before it signs a URL.
func hubspotURL(url string) string { return hubspotDecoder.Replace(url) }

var hubspotDecoder = strings.NewReplacer(
	"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$",
	"%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
)
