package verify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/hooklatch/hooklatch/verify"
)

func secretMismatches() []mismatch {
	form, other := []verify.Mistake{verify.MistakeSecretForm}, []verify.Mistake{verify.MistakeSecretOther}
	none := []verify.Mistake{verify.MistakeNoSecret}
	raw := "0123456789abcdef01234567"
	std := base64.StdEncoding.EncodeToString([]byte(raw))
	standardText := presetNamed("standard-webhooks").new
	return []mismatch{
		{name: "secret with a newline", preset: "linktree", want: form, detail: "a newline", send: signedWith("new secret\n")},
		{name: "secret with CRLF", preset: "linktree", want: form, send: signedWith("new secret\r\n")},
		{name: "secret with a byte order mark", preset: "github", want: form, detail: "byte order mark", send: signedWith("\ufeffnew secret")},
		{name: "secret with a zero-width space", preset: "github", want: form, send: signedWith("new secret\u200b")},
		{name: "secret in quotes at the sender", preset: "github", want: form, send: signedWith(`"new secret"`)},
		{name: "secret in quotes here", preset: "github", keys: []string{`"abc"`}, want: form, send: signedWith("abc")},
		{name: `secret with \n from an .env file`, preset: "github", keys: []string{`abc\n`}, want: form, send: signedWith("abc")},
		{name: "secret not decoded from base64", preset: "linktree", keys: []string{std}, want: form, send: signedWith(raw)},
		{name: "secret not decoded from hex", preset: "linktree", keys: []string{hex.EncodeToString([]byte(raw))}, want: form, send: signedWith(raw)},
		{name: "secret encoded by the sender", preset: "linktree", keys: []string{raw}, want: form, detail: "in base64", send: signedWith(std)},
		{name: "secret with its prefix", preset: "github", keys: []string{"whsec_abc"}, want: form, detail: "without its prefix", send: signedWith("abc")},
		{name: "secret in the other case", preset: "github", keys: []string{"DEADBEEF"}, want: form, send: signedWith("deadbeef")},
		{name: "secret from a URL", preset: "github", keys: []string{"a%2Bb%3D"}, want: form, send: signedWith("a+b=")},
		{name: "whole text of whsec_", preset: "standard-webhooks", want: form, detail: "as it is written", send: signedWith("whsec_" + base64.StdEncoding.EncodeToString([]byte(standardText)))},
		{name: "base64 of whsec_, not decoded", preset: "standard-webhooks", want: form, detail: "without its prefix", send: signedWith("whsec_" + base64.StdEncoding.EncodeToString([]byte(standardText[6:])))},
		{name: "an earlier secret", preset: "linktree", secrets: []string{"oldest", "old secret"}, want: other, detail: "the options' secret 2", send: signedWith("old secret")},
		{name: "an earlier secret, from a file", preset: "linktree", secrets: []string{"old secret\n"}, want: other, send: signedWith("old secret")},
		{name: "another endpoint's whsec_", preset: "standard-webhooks", secrets: []string{standardOld}, want: other, send: signedWith(standardOld)},
		{name: "another endpoint's secret, and a newline", preset: "linktree", secrets: []string{"old secret"}, want: []verify.Mistake{verify.MistakeSecretOther, verify.MistakeBodyEnd}, send: func(p *preset, h http.Header) string {
			p.sign(h, p.old, "id-1", now, testBody)
			return testBody + "\n"
		}},
		{name: "undefined", preset: "github", seen: true, want: none, detail: `"undefined"`, send: signedWith("undefined")},
		{name: "None", preset: "linktree", seen: true, want: none, send: signedWith("None")},
		{name: "empty secret", preset: "slack", seen: true, want: none, detail: "an empty one", send: signedWith("")},
		{name: "empty secret in the options", preset: "slack", secrets: []string{"", " "}, seen: true, want: none, send: signedWith("")},
		{name: "HMAC with the public key", preset: "standard-webhooks", keys: []string{standardText, publicKey}, seen: true, want: none, detail: "the public key for an HMAC", send: signedWith("whsec_" + strings.TrimPrefix(publicKey, "whpk_"))},
	}
}

func formatMismatches() []mismatch {
	p, github := presetNamed("linktree"), presetNamed("github")
	ts := unix(now)
	signed, hashed := []verify.Mistake{verify.MistakeSigned}, []verify.Mistake{verify.MistakeHash}
	list := []mismatch{
		{name: "without the timestamp", preset: "linktree", want: signed, detail: `"{body}", not "{timestamp}.{body}", as github`, send: linktreeOf(ts, hexMAC(p.new, testBody))},
		{name: "as Slack signs", preset: "linktree", want: signed, detail: "as slack", send: linktreeOf(ts, hexMAC(p.new, "v0:"+ts+":"+testBody))},
		{name: "with the id", preset: "linktree", want: signed, send: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, testBody)
			h.Set(p.signature, hexMAC(p.new, "id-1."+ts+"."+testBody))
			return testBody
		}},
		{name: `with a backslash and an n`, preset: "linktree", want: signed, send: linktreeOf(ts, hexMAC(p.new, ts+`\n`+testBody))},
		{name: "with a timestamp, and the Spec has none", preset: "github", want: signed, detail: `"{timestamp}.{body}", not "{body}"`, send: func(p *preset, h http.Header) string {
			h.Set("X-Request-Timestamp", ts)
			h.Set(p.signature, "sha256="+hexMAC(p.new, ts+"."+testBody))
			return testBody
		}},
		{name: "SHA-1", preset: "github", want: hashed, detail: "SHA-1", send: signatureOf("sha256=" + hex.EncodeToString(sha1MAC("new secret", testBody)))},
		{name: "SHA-512", preset: "linktree", want: hashed, detail: "SHA-512", send: func(p *preset, h http.Header) string {
			m := hmac.New(sha512.New, []byte(p.new))
			m.Write([]byte(ts + "." + testBody))
			h.Set(p.timestamp, ts)
			h.Set(p.signature, hex.EncodeToString(m.Sum(nil)))
			return testBody
		}},
		{name: "key and message swapped", preset: "linktree", want: hashed, detail: "swapped", send: linktreeOf(ts, hexMAC(ts+"."+testBody, p.new))},
		{name: "hash of secret and body", preset: "github", want: hashed, detail: "no HMAC", send: signatureOf("sha256=" + sha256Hex(github.new+testBody))},
		{name: "hash of body and secret", preset: "github", want: hashed, detail: "no HMAC", send: signatureOf("sha256=" + sha256Hex(testBody+github.new))},
		{name: "hash of the body alone", preset: "github", seen: true, want: []verify.Mistake{verify.MistakeNoSecret}, detail: "a plain hash", send: signatureOf("sha256=" + sha256Hex(testBody))},
	}
	for _, joint := range []string{":", ",", "|", "-", "_", " ", ""} {
		list = append(list, mismatch{
			name: "joined by " + joint, preset: "linktree", want: signed, send: linktreeOf(ts, hexMAC(p.new, ts+joint+testBody)),
		})
	}
	return list
}

func sha256Hex(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
