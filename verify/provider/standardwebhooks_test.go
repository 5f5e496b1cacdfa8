package provider_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestStandardWebhooksKeys(t *testing.T) {
	// 23, 24, 64 and 65 bytes.
	for n, ok := range map[int]bool{23: false, 24: true, 64: true, 65: false} {
		for _, prefix := range []string{"", "whsec_"} {
			_, err := provider.StandardWebhooks(prefix + base64.StdEncoding.EncodeToString(make([]byte, n)))
			if (err == nil) != ok {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
	}
	for _, key := range []string{
		"whsec_%", "whsec_abc", "plain words",
		"whsec_MfKQ9r8GKYqrTwjUPD8I\nLPZIo2LaLaSw",
		"whpk_", "whpk_AAAA", "whpk_!", "whsk_AAAA", "whsk_!", strings.Replace(publicKey, "whpk_", "whsk_", 1) + "x",
		// The halves of two key pairs.
		"whsk_" + base64.StdEncoding.EncodeToString(make([]byte, 64)),
	} {
		if _, err := provider.StandardWebhooks(key); err == nil {
			t.Errorf("%q was accepted", key)
		} else if quotes(err.Error(), key) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
	if _, err := provider.StandardWebhooks("whsec_"); !errors.Is(err, verify.ErrNoSecret) {
		t.Errorf("whsec_ alone: %v", err)
	}
}

// quotes reports whether the text holds as much as four characters of the
// secret's payload.
func quotes(text, secret string) bool {
	_, payload, found := strings.Cut(secret, "_")
	if !found {
		payload = secret
	}
	for i := 0; i+4 <= len(payload); i++ {
		if strings.Contains(text, payload[i:i+4]) {
			return true
		}
	}
	return false
}

func ExampleStandardWebhooks() {
	// A secret and, for the day when the provider signs with it, its public
	// key.
	scheme, err := provider.StandardWebhooks(
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	scheme.Now = func() time.Time { return time.Unix(1614265330, 0) }
	env, err := scheme.Verify(context.Background(), http.Header{
		"Webhook-Id":        {"msg_p5jXN8AQM9LWM0D4loKWxJek"},
		"Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}, []byte(`{"test": 2432232314}`))
	fmt.Println(env, env.Time, err)
	// Output: standard-webhooks msg_p5jXN8AQM9LWM0D4loKWxJek 2021-02-25 15:02:10 +0000 UTC <nil>
}

// Another SDK accepts a secret whose padding was lost, and so does this one.
func TestStandardWebhooksUnpadded(t *testing.T) {
	for n := 24; n <= 26; n++ {
		secret := bytes.Repeat([]byte{'k'}, n)
		padded, err := provider.StandardWebhooks("whsec_" + base64.StdEncoding.EncodeToString(secret))
		if err != nil {
			t.Fatal(err)
		}
		h, body := http.Header{}, []byte("{}")
		if err := padded.Sign(h, verify.Envelope{ID: "msg_1"}, body); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"whsec_" + base64.RawStdEncoding.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret)} {
			s, err := provider.StandardWebhooks(text)
			if err != nil {
				t.Errorf("%d bytes: %v", n, err)
				continue
			}
			if _, err := s.Verify(t.Context(), h, body); err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
	}
	for _, key := range []string{strings.TrimRight(publicKey, "="), strings.TrimRight(privateKey, "=")} {
		if _, err := provider.StandardWebhooks(key); err != nil {
			t.Errorf("%.5s without padding: %v", key, err)
		}
	}
}
