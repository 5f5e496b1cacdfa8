package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// What providers have published: in their documentation, or in the tests of
// their own libraries.
var vectors = []struct {
	name   string
	make   func(secrets ...string) (*verify.Scheme, error)
	secret string
	signer string // if the secret can't sign
	unix   int64
	env    verify.Envelope // what Sign needs
	body   string
	header map[string]string
}{
	{
		name: "standard webhooks v1", make: provider.StandardWebhooks,
		secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		unix:   1614265330,
		env:    verify.Envelope{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek"},
		body:   `{"test": 2432232314}`,
		header: map[string]string{
			"Webhook-Id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
			"Webhook-Timestamp": "1614265330",
			"Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		},
	},
	{
		name: "standard webhooks v1a", make: provider.StandardWebhooks,
		secret: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
		signer: privateKey,
		unix:   1614265330,
		env:    verify.Envelope{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek"},
		body:   `{"test": 2432232314}`,
		header: map[string]string{
			"Webhook-Id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
			"Webhook-Timestamp": "1614265330",
			"Webhook-Signature": "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
		},
	},
	{
		name: "standard webhooks v1a, seed", make: provider.StandardWebhooks,
		secret: "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
		unix:   1614265330,
		env:    verify.Envelope{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek"},
		body:   `{"test": 2432232314}`,
		header: map[string]string{
			"Webhook-Id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
			"Webhook-Timestamp": "1614265330",
			"Webhook-Signature": "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
		},
	},
	{
		name: "github", make: provider.GitHub,
		secret: "It's a Secret to Everybody",
		body:   "Hello, World!",
		header: map[string]string{
			"X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
		},
	},
	{
		name: "shopify", make: provider.Shopify,
		secret: "secret",
		body:   "foo=anything",
		header: map[string]string{
			"X-Shopify-Hmac-Sha256": "yCGX/RrK4fcuNtr3ztk5tQGsOBjcAzHpGLdMUrbV8yI=",
		},
	},
	{
		name: "slack", make: provider.Slack,
		secret: "8f742231b10e8888abcd99yyyzzz85a5",
		unix:   1531420618,
		body: "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
			"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
			"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
			"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
		header: map[string]string{
			"X-Slack-Request-Timestamp": "1531420618",
			"X-Slack-Signature":         "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
		},
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			s, err := v.make(v.secret)
			if err != nil {
				t.Fatal(err)
			}
			s.Now = func() time.Time { return time.Unix(v.unix, 0) }
			h := http.Header{}
			for name, value := range v.header {
				h.Set(name, value)
			}
			env, err := s.Verify(t.Context(), h, []byte(v.body))
			if err != nil {
				t.Fatal(err)
			}
			if env.ID != v.env.ID {
				t.Errorf("ID = %q, want %q", env.ID, v.env.ID)
			}
			if v.unix != 0 && env.Time.Unix() != v.unix {
				t.Errorf("Time = %v, want that of %d", env.Time, v.unix)
			}

			if v.signer != "" {
				if s, err = v.make(v.signer); err != nil {
					t.Fatal(err)
				}
			}
			v.env.Time = time.Unix(v.unix, 0)
			h = http.Header{}
			if err := s.Sign(h, v.env, []byte(v.body)); err != nil {
				t.Fatal(err)
			}
			if len(h) != len(v.header) {
				t.Errorf("Sign set %v", h)
			}
			for name, want := range v.header {
				if got := h.Get(name); got != want {
					t.Errorf("Sign: %s = %q, want %q", name, got, want)
				}
			}
		})
	}
}
