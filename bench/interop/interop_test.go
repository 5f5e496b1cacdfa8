package interop_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

const id = "msg_1"

// Every provider here accepts these secrets.
var (
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of thirty-two bytes, ok"))
	other  = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another one of thirty-two bytes."))
)

// signers returns our scheme, and the library if it can sign.
func (l library) signers() map[string]func(t *testing.T, secret string, at time.Time, body []byte) http.Header {
	s := map[string]func(*testing.T, string, time.Time, []byte) http.Header{
		"hooklatch": func(t *testing.T, secret string, at time.Time, body []byte) http.Header {
			h := http.Header{}
			if err := must(l.ours(secret))(t).Sign(h, verify.Envelope{ID: id, Type: "x", Time: at}, body); err != nil {
				t.Fatal(err)
			}
			return h
		},
	}
	if l.sign != nil {
		s[l.name] = l.sign
	}
	return s
}

// check has both verify the request: our scheme must return the wanted error, and
// the library accept the request if theirs is true.
func (l library) check(t *testing.T, h http.Header, body []byte, want error, theirs bool) {
	t.Helper()
	env, err := must(l.ours(secret))(t).Verify(t.Context(), h, body)
	if !errors.Is(err, want) {
		t.Errorf("hooklatch: %v, want %v", err, want)
	}
	if err == nil && l.signsID && env.ID != id {
		t.Errorf("hooklatch: id %q, want %q", env.ID, id)
	}
	if err := l.verify(t, secret, h, body); (err == nil) != theirs {
		t.Errorf("%s: %v, want it accepted: %v", l.name, err, theirs)
	}
}

var bodies = map[string][]byte{
	"JSON":       []byte(`{"id":"evt_1","type":"x","data":{"title":"Grüße <&> 🎣"}}`),
	"spaces":     []byte(" {\r\n\t} \n\n"),
	"not JSON":   []byte("payload=%7B%7D"),
	"not UTF-8":  {0, 1, 0xff, 0xfe, '.', 0},
	"empty":      {},
	"long":       bytes.Repeat([]byte(`{"a":1} `), 50_000),
	"full stops": []byte("1700000000.msg_1.{}"),
}

func TestGenuine(t *testing.T) {
	each(t, func(t *testing.T, l library, sign func(*testing.T, string, time.Time, []byte) http.Header) {
		for name, body := range bodies {
			t.Run(name, func(t *testing.T) {
				for _, age := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} {
					l.check(t, sign(t, secret, time.Now().Add(-age), body), body, nil, true)
				}
			})
		}
	})
}

func TestRefused(t *testing.T) {
	body := bodies["JSON"]
	each(t, func(t *testing.T, l library, sign func(*testing.T, string, time.Time, []byte) http.Header) {
		now := time.Now()
		t.Run("tampered", func(t *testing.T) {
			h := sign(t, secret, now, body)
			for i := range body {
				tampered := bytes.Clone(body)
				tampered[i] ^= 1
				l.check(t, h, tampered, verify.ErrMismatch, false)
			}
			l.check(t, h, append(bytes.Clone(body), '\n'), verify.ErrMismatch, false)
			l.check(t, h, body[:len(body)-1], verify.ErrMismatch, false)
		})
		t.Run("other secret", func(t *testing.T) {
			l.check(t, sign(t, other, now, body), body, verify.ErrMismatch, false)
		})
		t.Run("unsigned", func(t *testing.T) {
			l.check(t, http.Header{}, body, verify.ErrMissing, false)
		})
		if l.timeless {
			return
		}
		t.Run("stale", func(t *testing.T) {
			for _, age := range []time.Duration{5*time.Minute + 2*time.Second, time.Hour} {
				l.check(t, sign(t, secret, now.Add(-age), body), body, verify.ErrExpired, false)
			}
		})
		t.Run("from the future", func(t *testing.T) {
			l.check(t, sign(t, secret, now.Add(time.Hour), body), body, verify.ErrExpired, l.takesFutures)
		})
	})
}

// While a secret is rotated, the provider signs with both.
func TestSeveralSignatures(t *testing.T) {
	body, now := bodies["JSON"], time.Now()
	each(t, func(t *testing.T, l library, sign func(*testing.T, string, time.Time, []byte) http.Header) {
		if l.join == nil {
			return // one signature only
		}
		good, bad := sign(t, secret, now, body), sign(t, other, now, body)
		l.check(t, l.join(good, bad), body, nil, true)
		l.check(t, l.join(bad, good), body, nil, true)
		l.check(t, l.join(bad, bad), body, verify.ErrMismatch, false)
	})
}

// each runs f for each library and each of its signers.
func each(t *testing.T, f func(*testing.T, library, func(*testing.T, string, time.Time, []byte) http.Header)) {
	for _, l := range libraries {
		for signer, sign := range l.signers() {
			t.Run(l.name+" signed by "+signer, func(t *testing.T) { f(t, l, sign) })
		}
	}
}
