package linktree_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// FuzzReceiver: whatever comes, there is no panic, and neither a 2xx nor a run
// of the handler for a body that was not signed. The check of the signature is
// written anew here.
func FuzzReceiver(f *testing.F) {
	const secret = "secret"
	now := time.Now()
	scheme, err := provider.Linktree(secret)
	if err != nil {
		f.Fatal(err)
	}
	scheme.Now = func() time.Time { return now }
	mac := func(ts string, body []byte) []byte {
		h := hmac.New(sha256.New, []byte(secret))
		io.WriteString(h, ts+".")
		h.Write(body)
		return h.Sum(nil)
	}
	ts := strconv.FormatInt(now.Unix(), 10)
	body := []byte(`{"type":"link.created","data":{}}`)
	f.Add("POST", hex.EncodeToString(mac(ts, body)), ts, "evt-1", body, true)
	f.Add("POST", "", ts, "evt-1", body, true)
	f.Add("POST", "00", "-1", "", []byte{}, false)
	f.Add("HEAD", "", "", "", []byte{}, false)
	f.Fuzz(func(t *testing.T, method, signature, ts, id string, body []byte, sign bool) {
		ran := false
		h := linktree.Receiver(middleware.NewEndpoint("fuzz", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)}), scheme, lru.New(nil), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			ran = true
			if d, ok := hooklatch.FromContext(r.Context()); !ok || !bytes.Equal(d.Body, body) {
				t.Error("the handler was given another body")
			}
		}), nil)
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
		r.Method = method
		if sign {
			signature = hex.EncodeToString(mac(ts, body))
		}
		for name, value := range map[string]string{
			"X-Linktree-Signature": signature, "X-Linktree-Timestamp": ts, "X-Linktree-Delivery-Id": id,
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)

		sum, err := hex.DecodeString(signature)
		seconds, terr := strconv.ParseInt(ts, 10, 64)
		genuine := method == http.MethodPost && err == nil && terr == nil && hmac.Equal(sum, mac(ts, body)) &&
			max(seconds-now.Unix(), now.Unix()-seconds) <= 5*60
		success := w.Code >= 200 && w.Code < 300 && method != http.MethodHead
		if (success || ran) && !genuine {
			t.Errorf("status %d, handler ran %v, for what is not genuine", w.Code, ran)
		}
		if success != ran {
			t.Errorf("status %d, but the handler ran: %v", w.Code, ran)
		}
	})
}
