package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func hubspotAt(url string) func(...string) (*verify.Scheme, error) {
	return func(secrets ...string) (*verify.Scheme, error) { return provider.HubSpot(url, secrets...) }
}

func squareAt(url string) func(...string) (*verify.Scheme, error) {
	return func(secrets ...string) (*verify.Scheme, error) { return provider.Square(url, secrets...) }
}

func twilioAt(url string) func(...string) (*verify.Scheme, error) {
	return func(secrets ...string) (*verify.Scheme, error) { return provider.Twilio(url, secrets...) }
}

func rfc3339(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// published are requests that providers, or libraries for them, have published;
// each names its source.
var published = []struct {
	name       string
	make       func(secrets ...string) (*verify.Scheme, error)
	secret     string
	at         time.Time
	target     string
	id         string // "*": some id, of no published value
	body       string
	header     map[string]string
	verifyOnly bool // the secret can't sign, or another form of the same is signed
}{
	{
		name: "paddle", // github.com/PaddleHQ/paddle-go-sdk, example_webhook_verifier_test.go
		make: provider.Paddle, secret: "pdl_ntfset_01hsdn8d43dt7mezr1ef2jtbaw_hKkRiCGyyRhbFwIUuqiTBgI7gnWoV0Gr",
		at:     time.Unix(1710929255, 0),
		id:     "evt_01hsdn97563968dy0szkmgjwh3",
		body:   `{"data":{"id":"pri_01hsdn96k2hxjzsq5yerecdj9j","name":null,"status":"active","quantity":{"maximum":999999,"minimum":1},"tax_mode":"account_setting","product_id":"pro_01hsdn8qp7yydry3x1yeg6a9rv","unit_price":{"amount":"1000","currency_code":"USD"},"custom_data":null,"description":"testing","import_meta":null,"trial_period":null,"billing_cycle":{"interval":"month","frequency":1},"unit_price_overrides":[]},"event_id":"evt_01hsdn97563968dy0szkmgjwh3","event_type":"price.created","occurred_at":"2024-03-20T10:07:35.590857Z","notification_id":"ntf_01hsdn977e920kbgzt6r6c9rqc"}`,
		header: map[string]string{"Paddle-Signature": "ts=1710929255;h1=6c05ef8fa83c44d751be6d259ec955ce5638e2c54095bf128e408e2fce1589c8"},
	},
	{
		name: "pagerduty", // github.com/PagerDuty/go-pagerduty, webhookv3/webhookv3_test.go
		make: provider.PagerDuty, secret: "lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK",
		id:     "01BWDWL3NYY7LUFPZCC28QUCMK",
		body:   `{"event":{"id":"01BWDWL3NYY7LUFPZCC28QUCMK","event_type":"incident.priority_updated","resource_type":"incident","occurred_at":"2021-04-26T17:36:27.458Z","agent":{"html_url":"https://acme.pagerduty.com/users/PLH1HKV","id":"PLH1HKV","self":"https://api.pagerduty.com/users/PLH1HKV","summary":"Tenex Engineer","type":"user_reference"},"client":null,"data":{"id":"PGR0VU2","type":"incident","self":"https://api.pagerduty.com/incidents/PGR0VU2","html_url":"https://acme.pagerduty.com/incidents/PGR0VU2","number":2,"status":"triggered","title":"A little bump in the road","service":{"html_url":"https://acme.pagerduty.com/services/PF9KMXH","id":"PF9KMXH","self":"https://api.pagerduty.com/services/PF9KMXH","summary":"API Service","type":"service_reference"},"assignees":[{"html_url":"https://acme.pagerduty.com/users/PTUXL6G","id":"PTUXL6G","self":"https://api.pagerduty.com/users/PTUXL6G","summary":"User 123","type":"user_reference"}],"escalation_policy":{"html_url":"https://acme.pagerduty.com/escalation_policies/PUS0KTE","id":"PUS0KTE","self":"https://api.pagerduty.com/escalation_policies/PUS0KTE","summary":"Default","type":"escalation_policy_reference"},"teams":[{"html_url":"https://acme.pagerduty.com/teams/PFCVPS0","id":"PFCVPS0","self":"https://api.pagerduty.com/teams/PFCVPS0","summary":"Engineering","type":"team_reference"}],"priority":{"html_url":"https://acme.pagerduty.com/account/incident_priorities","id":"PSO75BM","self":"https://api.pagerduty.com/priorities/PSO75BM","summary":"P1","type":"priority_reference"},"urgency":"high","conference_bridge":{"conference_number":1000,"conference_url":"https://example.com"},"resolve_reason":null}}}`,
		header: map[string]string{"X-Pagerduty-Signature": "v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd"},
	},
	{
		name: "twitch", // github.com/nicklaw5/helix, eventsub_test.go
		make: provider.Twitch, secret: "s3cRe7",
		at:         rfc3339("2019-11-16T10:11:12.123Z"),
		id:         "e76c6bd4-55c9-4987-8304-da1588d8988b",
		verifyOnly: true,
		body:       `{"challenge":"pogchamp-kappa-360noscope-vohiyo","subscription":{"id":"f1c2a387-161a-49f9-a165-0f21d7a4e1c4","status":"webhook_callback_verification_pending","type":"channel.follow","version":"1","condition":{"broadcaster_user_id":"12826"},"transport":{"method":"webhook","callback":"https://example.com/webhooks/callback"},"created_at":"2019-11-16T10:11:12.123Z"}}`,
		header:     map[string]string{"Twitch-Eventsub-Message-Id": "e76c6bd4-55c9-4987-8304-da1588d8988b", "Twitch-Eventsub-Message-Timestamp": "2019-11-16T10:11:12.123Z", "Twitch-Eventsub-Message-Signature": "sha256=7e5a96480c29cdf834b371e7a5b049638cba6e425ea51b9b2a9fabf69bc5d227"},
	},
	{
		name: "convoy", // github.com/frain-dev/convoy-go, testdata/signature-vectors.json
		make: provider.Convoy, secret: "convoy-webhook-secret",
		at:     time.Unix(1700000000, 0),
		id:     "*",
		body:   `{"event":"charge.success","amount":1000,"currency":"NGN"}`,
		header: map[string]string{"X-Convoy-Signature": "t=1700000000,v1=77b8b9269f25a199846a55a2bd25b3fba151c70fdae60bb1dcd87fbbc943c55c"},
	},
	{
		name: "convoy, two secrets", // the same
		make: provider.Convoy, secret: "convoy-webhook-secret",
		at:         time.Unix(1700000000, 0),
		id:         "*",
		verifyOnly: true,
		body:       `{"event":"charge.success","amount":1000,"currency":"NGN"}`,
		header:     map[string]string{"X-Convoy-Signature": "t=1700000000,v1=449623e4897bbde05e35358293f97b8c2f697367ffa3e7466e98178dfba44d19,v1=77b8b9269f25a199846a55a2bd25b3fba151c70fdae60bb1dcd87fbbc943c55c"},
	},
	{
		name: "outpost", // github.com/hookdeck/outpost, examples/demos/nodejs/src/verify-signature.ts
		make: provider.Outpost, secret: "some_secret_value",
		body:   `{"test":"data"}`,
		header: map[string]string{"X-Outpost-Signature": "v0=5920020651a5934e394f95a7e79a85400ba12318c11f330b9ca30c7f064318d1"},
	},
	{
		name: "sanity", // github.com/sanity-io/webhook-toolkit, test/signature.test.ts
		make: provider.Sanity, secret: "test",
		at:     time.UnixMilli(1633519811129),
		body:   `{"_id":"resume"}`,
		header: map[string]string{"Sanity-Webhook-Signature": "t=1633519811129,v1=tLa470fx7qkLLEcMOcEUFuBbRSkGujyskxrNXcoh0N0"},
	},
	{
		name: "pusher", // github.com/pusher/pusher-http-go, webhook_test.go
		make: provider.Pusher, secret: "secret",
		id:     "*",
		body:   `{"hello":"world"}`,
		header: map[string]string{"X-Pusher-Signature": "2677ad3e7c090b2fa2c0fb13020d66d5420879b8316eb356a2d60fb9073bc778"},
	},
	{
		name: "onfido", // github.com/onfido/onfido-node, test/classic-webhook-event-verifier.test.ts
		make: provider.Onfido, secret: "_ABC123abc123ABC123abc123ABC123_",
		id:     "*",
		body:   `{"payload":{"resource_type":"check","action":"check.completed","object":{"id":"check-123","status":"complete","completed_at_iso8601":"2020-01-01T00:00:00Z","href":"https://api.onfido.com/v3/checks/check-123"}}}`,
		header: map[string]string{"X-Sha2-Signature": "a0082d7481f9f0a2907583dbe1f344d6d4c0d9989df2fd804f98479f60cd760e"},
	},
	{
		name: "coinbase commerce", // github.com/coinbase/coinbase-commerce-node, test/testWebhook.spec.js
		make: provider.CoinbaseCommerce, secret: "30291a20-0bd1-4267-9b0f-e6e7b123c0bf",
		id:     "24934862-d980-46cb-9402-43c81b0cdba6",
		body:   `{"id":1,"scheduled_for":"2017-01-31T20:50:02Z","attempt_number":1,"event":{"id":"24934862-d980-46cb-9402-43c81b0cdba6","type":"charge:created","api_version":"2018-03-22","created_at":"2017-01-31T20:49:02Z","data":{"code":"66BEOV2A","name":"The Sovereign Individual","description":"Mastering the Transition to the Information Age","hosted_url":"https://commerce.coinbase.com/charges/66BEOV2A","created_at":"2017-01-31T20:49:02Z","expires_at":"2017-01-31T21:04:02Z","timeline":[{"time":"2017-01-31T20:49:02Z","status":"NEW"}],"metadata":{},"pricing_type":"no_price","payments":[],"addresses":{"bitcoin":"0000000000000000000000000000000000","ethereum":"0x0000000000000000000000000000000000000000","litecoin":"3000000000000000000000000000000000","bitcoincash":"bitcoincash:000000000000000000000000000000000000000000"}}}}`,
		header: map[string]string{"X-Cc-Webhook-Signature": "8be7742c7d372f08a6a3224edadf18a22b65fa9e28f3f2de97376cdaa092590d"},
	},
	{
		name: "hubspot", // github.com/HubSpot/hubspot-api-python, tests/spec/utils/test_signature.py
		make: hubspotAt("https://www.example.com/webhook_uri"), secret: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
		at:     time.UnixMilli(1693657560000),
		target: "/webhook_uri",
		body:   "{'example_field':'example_value'}",
		header: map[string]string{"X-Hubspot-Signature-V3": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=", "X-Hubspot-Request-Timestamp": "1693657560000"},
	},
	{
		name: "square", // github.com/square/square-go-sdk, webhooks/client/verify_signature_test.go
		make: squareAt("https://webhook.site"), secret: "Ibxx_5AKakO-3qeNVR61Dw",
		target: "/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
		id:     "ac3ac95b-f97d-458c-a6e6-18981597e05f",
		body:   `{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}`,
		header: map[string]string{"X-Square-Hmacsha256-Signature": "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="},
	},
	{
		name: "gocardless", // github.com/gocardless/gocardless-pro-go, webhooks_test.go
		make: provider.GoCardless, secret: "testing",
		id:     "EVTESTNE86TNZS",
		body:   "{\"events\":[{\"id\":\"EVTESTNE86TNZS\",\"created_at\":\"2017-03-20T17:57:02.292Z\",\"resource_type\":\"payments\",\"action\":\"failed\",\"links\":{\"payment\":\"index_ID_123\"},\"details\":{\"origin\":\"bank\",\"cause\":\"test_failure\",\"scheme\":\"sepa_core\",\"reason_code\":\"TEST\",\"description\":\"GoCardless has marked this payment as failed in sandbox to enable testing of payment failure webhooks.\"},\"metadata\":{}}]}\n",
		header: map[string]string{"Webhook-Signature": "243f3efa57743c24eec7c5e10edc475b547830d256d5b583745afe319dd90936"},
	},
	{
		name: "box, primary key", // github.com/box/box-typescript-sdk-gen, src/test/webhooks.generated.test.ts
		make: provider.Box, secret: "SamplePrimaryKey",
		at:         rfc3339("2020-01-01T00:00:00-07:00"),
		id:         "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f",
		verifyOnly: true,
		body:       `{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}`,
		header:     map[string]string{"Box-Delivery-Id": "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f", "Box-Delivery-Timestamp": "2020-01-01T00:00:00-07:00", "Box-Signature-Primary": "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=", "Box-Signature-Secondary": "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo="},
	},
	{
		name: "box, secondary key", // the same
		make: provider.Box, secret: "SampleSecondaryKey",
		at:         rfc3339("2020-01-01T00:00:00-07:00"),
		id:         "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f",
		verifyOnly: true,
		body:       `{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}`,
		header:     map[string]string{"Box-Delivery-Id": "f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f", "Box-Delivery-Timestamp": "2020-01-01T00:00:00-07:00", "Box-Signature-Primary": "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=", "Box-Signature-Secondary": "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo="},
	},
	{
		name: "sendgrid", // github.com/sendgrid/sendgrid-go, helpers/eventwebhook/eventwebhook_test.go
		make: provider.SendGrid, secret: "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
		at:         time.Unix(1600112502, 0),
		id:         "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
		verifyOnly: true,
		body:       "[{\"email\":\"hello@world.com\",\"event\":\"dropped\",\"reason\":\"Bounced Address\",\"sg_event_id\":\"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA\",\"sg_message_id\":\"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0\",\"smtp-id\":\"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>\",\"timestamp\":1600112492}]\r\n",
		header:     map[string]string{"X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=", "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502"},
	},
	{
		name: "twilio, form", // github.com/twilio/twilio-go, client/request_validator_test.go
		make: twilioAt("https://mycompany.com"), secret: "12345",
		target: "/myapp.php?foo=1&bar=2",
		id:     "*",
		body:   "Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309&From=%2B14158675309&ReasonConferenceEnded=test&Reason=Participant",
		header: map[string]string{"X-Twilio-Signature": "vOEb5UThFn24KEfnOFLQY2AE5FY="},
	},
	{
		name: "twilio, http", // github.com/twilio/twilio-go, client/request_validator_test.go
		make: twilioAt("http://mycompany.com/myapp.php"), secret: "12345",
		target: "/behind/proxy?foo=1&bar=2",
		id:     "*",
		body:   "Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309&From=%2B14158675309&ReasonConferenceEnded=test&Reason=Participant",
		header: map[string]string{"X-Twilio-Signature": "n2xBNyzSW7rfYStDtOFiFMv7qNo="},
	},
	{
		name: "twilio, JSON", // github.com/twilio/twilio-go, client/request_validator_test.go
		make: twilioAt("https://mycompany.com"), secret: "12345",
		target: "/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
		id:     "*",
		body:   `{"property": "value", "boolean": true}`,
		header: map[string]string{"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4="},
	},
	{
		name: "twilio, only the digest", // github.com/twilio/twilio-go, client/request_validator_test.go
		make: twilioAt("https://mycompany.com"), secret: "12345",
		target: "/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
		id:     "*",
		body:   `{"property": "value", "boolean": true}`,
		header: map[string]string{"X-Twilio-Signature": "y77kIzt2vzLz71DgmJGsen2scGs="},
	},
	{
		name: "adyen", // github.com/Adyen/adyen-go-api-library, src/hmacvalidator/hmacvalidator_test.go
		make: provider.Adyen, secret: "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00",
		id:         "pspReference:EVENT:true",
		verifyOnly: true,
		body:       `{"notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":"ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc="},"amount":{"currency":"EUR","value":1000},"eventCode":"EVENT","merchantAccountCode":"merchantAccount","merchantReference":"reference","originalReference":"originalReference","pspReference":"pspReference","success":"true"}}]}`,
		header:     map[string]string{},
	},
	{
		name: "adyen platform", // github.com/Adyen/adyen-go-api-library, src/hmacvalidator/hmacvalidator_test.go
		make: provider.AdyenPlatform, secret: "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00",
		id:     "*",
		body:   "{\n    \"type\": \"merchant.created\",\n    \"environment\": \"test\",\n    \"createdAt\": \"01-01-2024\",\n    \"data\": {\n        \"capabilities\": {\n            \"sendToTransferInstrument\": {\n                \"requested\": true,\n                \"requestedLevel\": \"notApplicable\"\n            }\n        },\n        \"companyId\": \"YOUR_COMPANY_ID\",\n        \"merchantId\": YOUR_MERCHANT_ACCOUNT\",\n        \"status\": \"PreActive\"\n    }\n}",
		header: map[string]string{"Hmacsignature": "yitBTPnDGtbAMG9rTxUa1e6lFGpa4PnrD6rErOmEhJ8="},
	},
	{
		name: "braintree", // github.com/braintree-go/braintree-go, hmac_test.go
		make: provider.Braintree, secret: "66062a3876e2dc298f2195f0bf173f5a",
		id:         "*",
		verifyOnly: true,
		body:       "bt_signature=jkq28pcxj4r85dwr%7C4af78bab15cc58195871c636c786716f34cd9711&bt_payload=PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRGLTgiPz4KPG5vdGlm%0AaWNhdGlvbj4KICA8a2luZD5jaGVjazwva2luZD4KICA8dGltZXN0YW1wIHR5%0AcGU9ImRhdGV0aW1lIj4yMDE3LTA0LTI0VDA0OjI1OjEwWjwvdGltZXN0YW1w%0APgogIDxzdWJqZWN0PgogICAgPGNoZWNrIHR5cGU9ImJvb2xlYW4iPnRydWU8%0AL2NoZWNrPgogIDwvc3ViamVjdD4KPC9ub3RpZmljYXRpb24%2BCg%3D%3D%0A",
		header:     map[string]string{},
	},
	{
		name: "braintree, several keys", // github.com/braintree-go/braintree-go, hmac_test.go
		make: provider.Braintree, secret: "66062a3876e2dc298f2195f0bf173f5a",
		id:         "*",
		verifyOnly: true,
		body:       "bt_signature=4zn8jg4gdmzyvcyd%7Cdd6390bc9d75985f0cc986d5d5f55fcdb52531cb%26cd7jwvrw8jytyfm3%7Cd7fdd777e30a1fd93b58770d7682b577b461cf6f%26jkq28pcxj4r85dwr%7C96dd50905f51f6de1c24790c4d77aa460cb55a3d&bt_payload=PD94bWwgdmVyc2lvbj0iMS4wIiBlbmNvZGluZz0iVVRGLTgiPz4KPG5vdGlm%0AaWNhdGlvbj4KICA8a2luZD5jaGVjazwva2luZD4KICA8dGltZXN0YW1wIHR5%0AcGU9ImRhdGV0aW1lIj4yMDE3LTA0LTI0VDA0OjUwOjA0WjwvdGltZXN0YW1w%0APgogIDxzdWJqZWN0PgogICAgPGNoZWNrIHR5cGU9ImJvb2xlYW4iPnRydWU8%0AL2NoZWNrPgogIDwvc3ViamVjdD4KPC9ub3RpZmljYXRpb24%2BCg%3D%3D%0A",
		header:     map[string]string{},
	},
	{
		name: "circleci, hello world", // https://circleci.com/docs/guides/integration/outbound-webhooks/
		make: provider.CircleCI, secret: "secret",
		body:   "hello world",
		header: map[string]string{"Circleci-Signature": "v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a"},
	},
	{
		name: "circleci, lalala", // https://circleci.com/docs/guides/integration/outbound-webhooks/
		make: provider.CircleCI, secret: "another-secret",
		body:   "lalala",
		header: map[string]string{"Circleci-Signature": "v1=daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00"},
	},
	{
		name: "circleci, an-important-request-payload", // https://circleci.com/docs/guides/integration/outbound-webhooks/
		make: provider.CircleCI, secret: "hunter123",
		body:   "an-important-request-payload",
		header: map[string]string{"Circleci-Signature": "v1=9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa"},
	},
	{
		name: "bitbucket", // https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
		make: provider.Bitbucket, secret: "It's a Secret to Everybody",
		body:   "Hello World!",
		header: map[string]string{"X-Hub-Signature": "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"},
	},
	{
		name: "gogs", // github.com/go-playground/webhooks, gogs/gogs_test.go
		make: provider.Gogs, secret: "sampleToken!",
		id:     "*",
		body:   "{\n    \"ref\": \"refs/heads/feature-branch\",\n    \"ref_type\": \"branch\",\n    \"repository\": {\n        \"name\": \"repo\",\n        \"full_name\": \"user/repo\",\n        \"html_url\": \"https://gogs.example.com/user/repo\",\n        \"clone_url\": \"https://gogs.example.com/user/repo.git\"\n    }\n}",
		header: map[string]string{"X-Gogs-Signature": "d3c99a5711de365c4ff897be0692d9016de2cee6e3e1d6b3fb49154f9efb354d"},
	},
}

func TestPublished(t *testing.T) {
	for _, v := range published {
		t.Run(v.name, func(t *testing.T) {
			s, err := v.make(v.secret)
			if err != nil {
				t.Fatal(err)
			}
			s.Now = func() time.Time { return v.at }
			r := verify.Request{Method: http.MethodPost, Target: v.target, Header: http.Header{}}
			for name, value := range v.header {
				r.Header.Set(name, value)
			}
			env, err := s.VerifyRequest(t.Context(), r, []byte(v.body))
			if err != nil {
				t.Fatal(err)
			}
			if env.ID != v.id && (v.id != "*" || env.ID == "") {
				t.Errorf("ID = %q, want %q", env.ID, v.id)
			}
			if !env.Time.Equal(v.at) && !(env.Time.IsZero() && v.at.IsZero()) {
				t.Errorf("Time = %v, want %v", env.Time, v.at)
			}
			changed := []byte(v.body)
			changed[len(changed)-1] ^= 1
			if _, err := s.VerifyRequest(t.Context(), r, changed); err == nil {
				t.Error("a changed body was accepted")
			}
			if v.verifyOnly {
				return
			}
			env.Time = v.at
			if strings.Contains(env.ID, ":") {
				env.ID = "" // made of the body
			}
			signed := verify.Request{Method: http.MethodPost, Target: v.target, Header: http.Header{}}
			if _, err := s.SignRequest(&signed, env, []byte(v.body)); err != nil {
				t.Fatal(err)
			}
			for name, want := range v.header {
				if got := signed.Header.Get(name); got != want {
					t.Errorf("signed: %s = %q, want %q", name, got, want)
				}
			}
		})
	}
}
