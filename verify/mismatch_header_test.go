package verify_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func headerMismatches() []mismatch {
	lower := func(p *preset, h http.Header) {
		for name, values := range h {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
	return []mismatch{
		{name: "unsigned", preset: "linktree", seen: true, want: []verify.Mistake{verify.MistakeHeaderMissing}, send: func(*preset, http.Header) string { return testBody }},
		{name: "no timestamp", preset: "linktree", seen: true, want: []verify.Mistake{verify.MistakeHeaderMissing}, send: headers(func(p *preset, h http.Header) { h.Del(p.timestamp) })},
		{name: "no id", preset: "standard-webhooks", seen: true, want: []verify.Mistake{verify.MistakeHeaderMissing}, detail: "Webhook-Id", send: headers(func(p *preset, h http.Header) { h.Del(p.id) })},
		{name: "sender without a secret", preset: "github", seen: true, want: []verify.Mistake{verify.MistakeNoSecret}, detail: "X-Hub-Signature-256", send: headers(func(p *preset, h http.Header) { h.Set(p.signature, "sha256=") })},
		{name: "sender without a secret, a list", preset: "stripe", seen: true, want: []verify.Mistake{verify.MistakeNoSecret}, send: headers(func(p *preset, h http.Header) { h.Set(p.signature, "t="+unix(now)+",v1=") })},
		{name: "sender without a secret, cut at commas", preset: "standard-webhooks", seen: true, want: []verify.Mistake{verify.MistakeNoSecret}, send: headers(func(p *preset, h http.Header) { h[p.signature] = []string{"v1", ""} })},
		{name: "lower-case names", preset: "standard-webhooks", want: []verify.Mistake{verify.MistakeHeaderName, verify.MistakeHeaderName, verify.MistakeHeaderName}, send: headers(lower)},
		{name: "names as CGI has them", preset: "github", want: []verify.Mistake{verify.MistakeHeaderName, verify.MistakeHeaderName, verify.MistakeHeaderName}, send: headers(func(p *preset, h http.Header) {
			for name, values := range h {
				delete(h, name)
				h["HTTP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = values
			}
		})},
		{name: "signature twice", preset: "linktree", want: []verify.Mistake{verify.MistakeHeaderRepeated}, send: headers(func(p *preset, h http.Header) { h.Add(p.signature, "x") })},
		{name: "signature twice, in one line", preset: "linktree", want: []verify.Mistake{verify.MistakeHeaderFormat}, detail: "not alone", send: headers(func(p *preset, h http.Header) { h.Set(p.signature, h.Get(p.signature)+", "+h.Get(p.signature)) })},
		{name: "timestamp twice", preset: "slack", want: []verify.Mistake{verify.MistakeHeaderRepeated}, send: headers(func(p *preset, h http.Header) { h.Add(p.timestamp, h.Get(p.timestamp)) })},
		{name: "type twice", preset: "github", want: []verify.Mistake{verify.MistakeHeaderRepeated}, detail: "X-Github-Event", send: headers(func(p *preset, h http.Header) { h.Add(p.typ, "push") })},
		{name: "type twice, in one line", preset: "github", want: []verify.Mistake{verify.MistakeHeaderRepeated}, detail: "X-Github-Event, in one line", send: headers(func(p *preset, h http.Header) { h.Set(p.typ, "push, push") })},
		{name: "id twice, in one line", preset: "linktree", want: []verify.Mistake{verify.MistakeHeaderRepeated}, detail: "X-Linktree-Delivery-Id, in one line", send: headers(func(p *preset, h http.Header) { h.Set(p.id, "d1,d1") })},
		{name: "two t=", preset: "stripe", want: []verify.Mistake{verify.MistakeHeaderRepeated}, detail: `"t=" comes 2 times in Stripe-Signature`, send: headers(func(p *preset, h http.Header) { h.Set(p.signature, "t="+unix(now)+","+h.Get(p.signature)) })},
		{name: "v1= without t=", preset: "stripe", seen: true, want: []verify.Mistake{verify.MistakeHeaderMissing}, detail: `no timestamp, after "t="`, send: headers(func(p *preset, h http.Header) {
			_, v1, _ := strings.Cut(h.Get(p.signature), ",")
			h.Set(p.signature, v1)
		})},
		{name: "v1= without t=, of the body alone", preset: "stripe", want: []verify.Mistake{verify.MistakeHeaderMissing, verify.MistakeSigned}, send: func(p *preset, h http.Header) string {
			h.Set(p.signature, "v1="+hexMAC(p.new, testBody))
			return testBody
		}},
		{name: "17 signatures", preset: "stripe", want: []verify.Mistake{verify.MistakeHeaderFormat}, detail: "more than 16 signatures", send: headers(func(p *preset, h http.Header) {
			h.Set(p.signature, h.Get(p.signature)+strings.Repeat(",v1="+strings.Repeat("00", 32), 16))
		})},
		{name: "header too long", preset: "stripe", want: []verify.Mistake{verify.MistakeHeaderFormat}, detail: "bytes, more than 4096", send: headers(func(p *preset, h http.Header) { h.Set(p.signature, h.Get(p.signature)+strings.Repeat(",v0=x", 900)) })},
		{name: "dotted id", preset: "standard-webhooks", want: []verify.Mistake{verify.MistakeHeaderFormat}, detail: `the id contains "."`, send: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "order.1", now, testBody)
			return testBody
		}},
	}
}

// foreignMismatches are requests of other senders, by their headers.
func foreignMismatches() []mismatch {
	acme := &verify.Spec{
		Name: "acme", Headers: verify.Headers{Signature: "Acme-Signature", Timestamp: "Acme-Timestamp"}, Signed: "{timestamp}.{body}",
	}
	return []mismatch{
		{name: "GitHub's headers", preset: "linktree", want: []verify.Mistake{verify.MistakeProvider, verify.MistakeHeaderMissing, verify.MistakeSigned}, detail: "as github", send: func(p *preset, h http.Header) string {
			presetNamed("github").sign(h, p.new, "id-1", now, testBody)
			return testBody
		}},
		{name: "Stripe's headers", preset: "linktree", want: []verify.Mistake{verify.MistakeProvider, verify.MistakeHeaderMissing}, detail: "stripe", send: func(p *preset, h http.Header) string {
			presetNamed("stripe").sign(h, p.new, "id-1", now, testBody)
			return testBody
		}},
		{name: "another sender's signature header", preset: "github", want: []verify.Mistake{verify.MistakeProvider, verify.MistakeHeaderMissing}, detail: "another provider's headers: gitea", send: func(p *preset, h http.Header) string {
			h.Set("X-Gitea-Signature", hexMAC(p.new, testBody))
			h.Set("X-Gitea-Event", "push")
			return testBody
		}},
		{name: "another sender's header, another secret", preset: "github", seen: true, want: []verify.Mistake{verify.MistakeProvider, verify.MistakeHeaderMissing}, detail: "another provider's headers: gitea", send: func(p *preset, h http.Header) string {
			h.Set("X-Gitea-Signature", hexMAC("a guess", testBody))
			return testBody
		}},
		{name: "signature in another header, too", preset: "linktree", want: []verify.Mistake{verify.MistakeHeaderOther}, detail: "the signature is in X-Webhook-Signature", send: func(p *preset, h http.Header) string {
			p.sign(h, "a guess", "id-1", now, testBody)
			h.Set("X-Webhook-Signature", hexMAC(p.new, unix(now)+"."+testBody))
			return testBody
		}},
		{name: "GitHub's old header", preset: "github", want: []verify.Mistake{verify.MistakeHeaderOther, verify.MistakeHeaderMissing, verify.MistakeHeaderFormat, verify.MistakeHash}, detail: "X-Hub-Signature is there", send: func(p *preset, h http.Header) string {
			h.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(sha1MAC(p.new, testBody)))
			h.Set(p.typ, "push") // no other provider sends this
			return testBody
		}},
		{name: "names mistyped in the Spec", preset: "linktree", spec: acme, want: []verify.Mistake{verify.MistakeHeaderOther, verify.MistakeHeaderOther, verify.MistakeHeaderMissing}, detail: "X-Acme-Timestamp is there, and not Acme-Timestamp", send: func(p *preset, h http.Header) string {
			h.Set("X-Acme-Signature", hexMAC(p.new, unix(now)+"."+testBody))
			h.Set("X-Acme-Timestamp", unix(now))
			return testBody
		}},
	}
}

func signatureMismatches() []mismatch {
	p, shopify := presetNamed("linktree"), presetNamed("shopify")
	sum := mac([]byte(p.new), unix(now)+"."+testBody)
	shop := mac([]byte(shopify.new), testBody)
	std := base64.StdEncoding
	format := []verify.Mistake{verify.MistakeHeaderFormat}
	standard := func(write func([]byte) string) func(*preset, http.Header) string {
		return headers(func(p *preset, h http.Header) { h.Set(p.signature, write(unbase64(h.Get(p.signature)[3:]))) })
	}
	return []mismatch{
		{name: "base64, not hex", preset: "linktree", want: format, detail: "in base64", send: linktreeOf(unix(now), std.EncodeToString(sum))},
		{name: "base64url, not hex", preset: "linktree", want: format, send: linktreeOf(unix(now), base64.RawURLEncoding.EncodeToString(sum))},
		{name: "hex, not base64", preset: "shopify", want: format, detail: "in hex", send: signatureOf(hex.EncodeToString(shop))},
		{name: "PHP's base64_encode(hash_hmac())", preset: "shopify", want: format, detail: "base64 of hex digits", send: signatureOf(std.EncodeToString([]byte(hex.EncodeToString(shop))))},
		{name: "hex of base64", preset: "linktree", want: format, detail: "hex of base64", send: linktreeOf(unix(now), hex.EncodeToString([]byte(std.EncodeToString(sum))))},
		{name: "base64 without padding", preset: "shopify", want: format, detail: "without its padding", send: signatureOf(base64.RawStdEncoding.EncodeToString(shop))},
		{name: "base64url, not base64", preset: "shopify", want: format, send: signatureOf(base64.URLEncoding.EncodeToString(mac([]byte(shopify.new), testBody)))},
		{name: "hex after v1,", preset: "standard-webhooks", want: format, detail: "in hex", send: standard(func(b []byte) string { return "v1," + hex.EncodeToString(b) })},
		{name: "base64 of hex after v1,", preset: "standard-webhooks", want: format, send: standard(func(b []byte) string { return "v1," + std.EncodeToString([]byte(hex.EncodeToString(b))) })},
		{name: "unpadded after v1,", preset: "standard-webhooks", want: format, send: standard(func(b []byte) string { return "v1," + base64.RawStdEncoding.EncodeToString(b) })},
		{name: "v1=, not v1,", preset: "standard-webhooks", want: format, detail: `does not follow the prefix "v1,"`, send: standard(func(b []byte) string { return "v1=" + std.EncodeToString(b) })},
		{name: "no v1,", preset: "standard-webhooks", want: format, send: standard(func(b []byte) string { return std.EncodeToString(b) })},
		{name: "a space after v1,", preset: "standard-webhooks", want: format, send: standard(func(b []byte) string { return "v1, " + std.EncodeToString(b) })},
		{name: "commas, not spaces, between signatures", preset: "standard-webhooks", want: format, send: standard(func(b []byte) string {
			return "v1," + std.EncodeToString(make([]byte, 32)) + ",v1," + std.EncodeToString(b)
		})},
		{name: "a prefix", preset: "linktree", want: format, detail: `the prefix ""`, send: linktreeOf(unix(now), "sha256="+hex.EncodeToString(sum))},
		{name: "no prefix", preset: "github", want: format, detail: `the prefix "sha256="`, send: signatureOf(hexMAC("new secret", testBody))},
		{name: "another prefix", preset: "github", want: format, send: signatureOf("hmac-sha256:" + hexMAC("new secret", testBody))},
		{name: "the algorithm before a space", preset: "linktree", want: format, send: linktreeOf(unix(now), "HMAC-SHA256 "+hex.EncodeToString(sum))},
		{name: "0x", preset: "linktree", want: format, send: linktreeOf(unix(now), "0x"+hex.EncodeToString(sum))},
		{name: "in quotes", preset: "linktree", want: format, send: linktreeOf(unix(now), `"`+hex.EncodeToString(sum)+`"`)},
		{name: "as Stripe's header", preset: "linktree", want: format, send: linktreeOf(unix(now), "t=1,v1="+hex.EncodeToString(sum))},
		{name: "digest cut off", preset: "linktree", want: format, detail: "cut off after 16 of 32 bytes", send: linktreeOf(unix(now), hex.EncodeToString(sum[:16]))},
		{name: "not a signature", preset: "linktree", seen: true, want: format, send: linktreeOf(unix(now), "hello")},
		{name: "for a public key", preset: "standard-webhooks", seen: true, want: []verify.Mistake{verify.MistakeSecretForm}, detail: "the scheme has only secrets", send: func(p *preset, h http.Header) string {
			presetNamed("standard-webhooks-ed25519").sign(h, privateKey, "id-1", now, testBody)
			return testBody
		}},
		{name: "for a secret", preset: "standard-webhooks", keys: []string{publicKey}, seen: true, want: []verify.Mistake{verify.MistakeSecretForm}, detail: "only public keys", send: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, testBody)
			return testBody
		}},
	}
}

func timeMismatches() []mismatch {
	const millis = "1700000000000"
	p := presetNamed("linktree")
	at := func(d time.Duration) func(*preset, http.Header) string {
		return func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now.Add(d), testBody)
			return testBody
		}
	}
	unit, clock := verify.MistakeTimestampUnit, verify.MistakeClock
	return []mismatch{
		{name: "clock behind", preset: "linktree", want: []verify.Mistake{clock}, detail: "6m0s in the past;", send: at(-6 * time.Minute)},
		{name: "clock ahead", preset: "stripe", want: []verify.Mistake{clock}, detail: "7m0s in the future", send: at(7 * time.Minute)},
		{name: "local time for UTC", preset: "slack", want: []verify.Mistake{clock}, detail: "local time", send: at(-2*time.Hour - 3*time.Second)},
		{name: "sent in milliseconds", preset: "linktree", want: []verify.Mistake{unit}, send: linktreeOf(millis, hexMAC(p.new, millis+"."+testBody))},
		{name: "sent in nanoseconds", preset: "linktree", want: []verify.Mistake{unit}, send: linktreeOf(millis+"000000", hexMAC(p.new, millis+"000000."+testBody))},
		{name: "signed in milliseconds", preset: "linktree", want: []verify.Mistake{unit}, send: linktreeOf(unix(now), hexMAC(p.new, millis+"."+testBody))},
		{name: "sent in milliseconds, signed in seconds", preset: "linktree", want: []verify.Mistake{unit, unit}, send: linktreeOf(millis, hexMAC(p.new, unix(now)+"."+testBody))},
		{name: "signed as a date", preset: "linktree", want: []verify.Mistake{unit}, detail: "as 2006-01-02T15:04:05Z", send: linktreeOf(unix(now), hexMAC(p.new, now.Format(time.RFC3339)+"."+testBody))},
		{name: "sent as a date", preset: "linktree", want: []verify.Mistake{verify.MistakeHeaderFormat}, detail: "not a whole number", send: linktreeOf(now.Format(time.RFC3339), hexMAC(p.new, now.Format(time.RFC3339)+"."+testBody))},
		{name: "sent with a fraction", preset: "linktree", want: []verify.Mistake{verify.MistakeHeaderFormat}, send: linktreeOf(strconv.FormatFloat(1.7e9, 'f', 6, 64), hexMAC(p.new, "1700000000.000000."+testBody))},
	}
}
