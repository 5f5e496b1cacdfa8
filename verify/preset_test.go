package verify_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// now is the present in most tests.
var now = time.Unix(1_700_000_000, 0).UTC()

const testBody = `{"id":"evt_1","type":"link.created","event_id":"Ev1","event":{"type":"app_mention"},"data":{}}`

// A preset is a scheme under test, and how its provider signs, written down
// once more with nothing of the package.
type preset struct {
	name      string
	make      func(secrets ...string) (*verify.Scheme, error)
	old, new  string // secrets
	signature string // headers
	timestamp string
	id        string
	typ       string
	sign      func(h http.Header, secret, id string, t time.Time, body string)

	wantID, wantType string // for id "id-1", type "some.type" and testBody
	hasDigest        bool
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func hexMAC(key, text string) string { return hex.EncodeToString(mac([]byte(key), text)) }

func sha1MAC(key, text string) []byte {
	m := hmac.New(sha1.New, []byte(key))
	m.Write([]byte(text))
	return m.Sum(nil)
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

const (
	standardOld = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	standardNew = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	publicKey   = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
	privateKey  = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
	privateSeed = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc="
)

var presets = []preset{
	{
		name: "linktree", make: provider.Linktree, old: "old secret", new: "new secret",
		signature: "X-Linktree-Signature", timestamp: "X-Linktree-Timestamp", id: "X-Linktree-Delivery-Id",
		sign: func(h http.Header, secret, id string, t time.Time, body string) {
			h.Set("X-Linktree-Signature", hexMAC(secret, unix(t)+"."+body))
			h.Set("X-Linktree-Timestamp", unix(t))
			h.Set("X-Linktree-Delivery-Id", id)
		},
		wantID: "id-1", hasDigest: true,
	},
	{
		name: "standard-webhooks", make: provider.StandardWebhooks, old: standardOld, new: standardNew,
		signature: "Webhook-Signature", timestamp: "Webhook-Timestamp", id: "Webhook-Id",
		sign: func(h http.Header, secret, id string, t time.Time, body string) {
			key := unbase64(strings.TrimPrefix(secret, "whsec_"))
			h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac(key, id+"."+unix(t)+"."+body)))
			h.Set("Webhook-Timestamp", unix(t))
			h.Set("Webhook-Id", id)
		},
		wantID: "id-1",
	},
	{
		name: "standard-webhooks-ed25519", make: provider.StandardWebhooks, old: privateKey, new: "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
		signature: "Webhook-Signature", timestamp: "Webhook-Timestamp", id: "Webhook-Id",
		sign: func(h http.Header, secret, id string, t time.Time, body string) {
			key := ed25519.NewKeyFromSeed(unbase64(strings.TrimPrefix(secret, "whsk_"))[:32])
			sig := ed25519.Sign(key, []byte(id+"."+unix(t)+"."+body))
			h.Set("Webhook-Signature", "v1a,"+base64.StdEncoding.EncodeToString(sig))
			h.Set("Webhook-Timestamp", unix(t))
			h.Set("Webhook-Id", id)
		},
		wantID: "id-1",
	},
	{
		name: "stripe", make: provider.Stripe, old: "whsec_old", new: "whsec_new",
		signature: "Stripe-Signature",
		sign: func(h http.Header, secret, _ string, t time.Time, body string) {
			h.Set("Stripe-Signature", "t="+unix(t)+",v1="+hexMAC(secret, unix(t)+"."+body))
		},
		wantID: "evt_1", wantType: "link.created",
	},
	{
		name: "github", make: provider.GitHub, old: "old secret", new: "new secret",
		signature: "X-Hub-Signature-256", id: "X-Github-Delivery", typ: "X-Github-Event",
		sign: func(h http.Header, secret, id string, _ time.Time, body string) {
			h.Set("X-Hub-Signature-256", "sha256="+hexMAC(secret, body))
			h.Set("X-GitHub-Delivery", id)
			h.Set("X-GitHub-Event", "some.type")
		},
		wantID: "id-1", wantType: "some.type",
	},
	{
		name: "slack", make: provider.Slack, old: "old secret", new: "new secret",
		signature: "X-Slack-Signature", timestamp: "X-Slack-Request-Timestamp",
		sign: func(h http.Header, secret, _ string, t time.Time, body string) {
			h.Set("X-Slack-Signature", "v0="+hexMAC(secret, "v0:"+unix(t)+":"+body))
			h.Set("X-Slack-Request-Timestamp", unix(t))
		},
		wantID: "Ev1", wantType: "app_mention",
	},
	{
		name: "shopify", make: provider.Shopify, old: "old secret", new: "new secret",
		signature: "X-Shopify-Hmac-Sha256", id: "X-Shopify-Webhook-Id", typ: "X-Shopify-Topic",
		sign: func(h http.Header, secret, id string, _ time.Time, body string) {
			h.Set("X-Shopify-Hmac-Sha256", base64.StdEncoding.EncodeToString(mac([]byte(secret), body)))
			h.Set("X-Shopify-Webhook-Id", id)
			h.Set("X-Shopify-Topic", "some.type")
		},
		wantID: "id-1", wantType: "some.type",
	},
}

// scheme makes p's scheme with a clock that stands at now.
func (p *preset) scheme(t testing.TB, secrets ...string) *verify.Scheme {
	t.Helper()
	s, err := p.make(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return now }
	return s
}

// header returns the headers of testBody, signed at the time.
func (p *preset) header(secret string, at time.Time) http.Header {
	h := http.Header{}
	p.sign(h, secret, "id-1", at, testBody)
	return h
}

// signed tells whether the preset signs a timestamp.
func (p *preset) signsTime() bool { return p.timestamp != "" || p.name == "stripe" }

func forEachPreset(t *testing.T, f func(t *testing.T, p *preset)) {
	t.Helper()
	for i := range presets {
		t.Run(presets[i].name, func(t *testing.T) { f(t, &presets[i]) })
	}
}

func presetNamed(name string) *preset {
	for i := range presets {
		if presets[i].name == name {
			return &presets[i]
		}
	}
	panic(fmt.Sprintf("no preset %q", name))
}
