package verify_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The rules of the presets, written down once more for the fuzz targets: this
// file shares nothing with the package.

// A reading is what a request's headers say by the rules of its provider.
type reading struct {
	elements []string // of the signature header
	isList   bool
	prefix   string
	times    []string
	text     string // the signed string
	ok       bool
}

func read(p *preset, value, timestamp, id, body string) reading {
	switch {
	case strings.HasPrefix(p.name, "standard"):
		r := reading{
			elements: strings.Split(value, " "), isList: true, prefix: "v1,", times: []string{timestamp},
			text: id + "." + timestamp + "." + body, ok: id != "" && !strings.Contains(id, "."),
		}
		if p.name == "standard-webhooks-ed25519" {
			r.prefix = "v1a,"
		}
		return r
	case p.name == "stripe":
		r := reading{elements: strings.Split(value, ","), isList: true, prefix: "v1="}
		for _, e := range r.elements {
			if t, ok := strings.CutPrefix(strings.Trim(e, " \t"), "t="); ok {
				r.times = append(r.times, t)
				r.text = t + "." + body
			}
		}
		r.ok = len(r.times) == 1
		return r
	}
	one := reading{elements: []string{value}, times: []string{timestamp}, ok: !strings.Contains(id, ",")} // with one: two, combined
	switch p.name {
	case "linktree":
		one.text = timestamp + "." + body
	case "slack":
		one.text, one.prefix, one.ok = "v0:"+timestamp+":"+body, "v0=", true
	case "github":
		one.text, one.prefix = body, "sha256="
	default:
		one.text = body
	}
	return one
}

// genuine reports whether a request is signed as p's provider says.
func genuine(p *preset, h http.Header, body string) bool {
	value := h.Get(p.signature)
	r := read(p, value, h.Get(p.timestamp), h.Get(p.id), body)
	if len(value) > 4096 || !r.ok || p.signsTime() && !fresh(r.times[0]) {
		return false
	}
	var sums [][]byte
	for _, e := range r.elements {
		if r.isList {
			e = strings.Trim(e, " \t")
		}
		if sig, ok := strings.CutPrefix(e, r.prefix); ok && sig != "" {
			sums = append(sums, decode(p.name, sig))
		}
	}
	return len(sums) <= 16 && slices.ContainsFunc(sums, func(sum []byte) bool { return madeBy(p, sum, r.text) })
}

// fresh: at most 300 s from now, in digits.
func fresh(timestamp string) bool {
	if timestamp == "" || len(timestamp) > 19 || strings.Trim(timestamp, "0123456789") != "" {
		return false
	}
	digits := strings.TrimLeft(timestamp, "0")
	return len(digits) == 10 && digits >= unix(now.Add(-300*time.Second)) && digits <= unix(now.Add(300*time.Second))
}

// decode returns nil for what isn't a whole signature.
func decode(name, text string) []byte {
	var b []byte
	var err error
	size := 32
	switch name {
	case "standard-webhooks-ed25519":
		size = 64
		fallthrough
	case "standard-webhooks", "shopify":
		if b, err = base64.StdEncoding.Strict().DecodeString(text); strings.ContainsAny(text, "\r\n") {
			return nil
		}
	default:
		b, err = hex.DecodeString(text)
	}
	if err != nil || len(b) != size {
		return nil
	}
	return b
}

func madeBy(p *preset, sum []byte, text string) bool {
	for _, secret := range []string{p.new, p.old} {
		switch p.name {
		case "standard-webhooks-ed25519":
			key := ed25519.NewKeyFromSeed(unbase64(strings.TrimPrefix(secret, "whsk_"))[:32])
			if ed25519.Verify(key.Public().(ed25519.PublicKey), []byte(text), sum) {
				return true
			}
		case "standard-webhooks":
			if hmac.Equal(sum, mac(unbase64(strings.TrimPrefix(secret, "whsec_")), text)) {
				return true
			}
		default:
			if hmac.Equal(sum, mac([]byte(secret), text)) {
				return true
			}
		}
	}
	return false
}
