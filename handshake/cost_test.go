package handshake_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/handshake"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
)

// TestEventsCostNothing: an event that passes a handshake makes it allocate
// nothing, unless the handshake has to look into a body that nothing has read.
func TestEventsCostNothing(t *testing.T) {
	e := middleware.NewEndpoint("test", nil)
	passed := 0
	end := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ })
	refuse := func(*http.Request, string) error { return errNotNow }
	const body = `{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}`
	d := &hooklatch.Delivery{
		Envelope: verify.Envelope{Provider: "any", ID: "Ev1", Type: "app_mention"}, Endpoint: "test",
		Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body),
	}
	plain := post(body, "X-Hook-Signature", "x", "X-Notion-Signature", "x", "X-Slack-Signature", "x")
	verified := plain.WithContext(hooklatch.NewContext(plain.Context(), d))
	for name, h := range map[string]http.Handler{
		"Meta": handshake.Meta(e, "t")(end), "X": handshake.X(e, "s")(end), "Dropbox": handshake.Dropbox(e)(end),
		"Okta": handshake.Okta(e, nil)(end), "CloudEvents": handshake.CloudEvents(e, []string{"a"}, nil)(end),
		"Asana": handshake.Asana(e, refuse)(end), "Notion": handshake.Notion(e, refuse)(end),
		"SlackSSLCheck": handshake.SlackSSLCheck(e)(end), "Slack": handshake.Slack(e)(end), "Zoom": handshake.Zoom(e, "s")(end),
		"DiscordInteractions": handshake.DiscordInteractions(e)(end), "DiscordEvents": handshake.DiscordEvents(e)(end),
		"EventGrid": handshake.EventGrid(e, nil)(end), "Xero": handshake.Xero(e)(end),
	} {
		passed = 0
		if n := testing.AllocsPerRun(100, func() { h.ServeHTTP(nil, verified) }); n != 0 || passed == 0 {
			t.Errorf("%s: %v allocations, %d events passed", name, n, passed)
		}
	}
}

// TestPeekEndsItsDeadline: a body that is no challenge's may take its time, as far as
// the handshake is concerned.
func TestPeekEndsItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := middleware.NewEndpoint("test", nil)
		server := hooktest.NewServer(t, handshake.Monday(e)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if body, err := io.ReadAll(r.Body); err != nil || len(body) != 10_000 {
				t.Errorf("%d bytes, error %v; want 10000", len(body), err)
			}
		})))
		body, w := io.Pipe()
		go func() {
			part := make([]byte, 5000)
			_, _ = w.Write(part) // the handler counts what arrives
			time.Sleep(time.Minute)
			_, _ = w.Write(part) // as above
			_ = w.Close()        // as above
		}()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // only the status matters
		if res.StatusCode != 200 {
			t.Errorf("status %d, want 200", res.StatusCode)
		}
	})
}

// TestSlowChallenge: a sender that announces a body and does not send it is given
// up, and what its request gets is what it would get without the handshake.
func TestSlowChallenge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := before(t, hmacScheme(t), handshake.Monday)
		server := hooktest.NewServer(t, r.h)
		stall, end := io.Pipe()
		defer func() { _ = end.Close() }() // only to let the client go
		start := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, stall)
		if err != nil {
			t.Fatal(err)
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close() // only the status matters
		if took := time.Since(start); res.StatusCode != 401 || took != 10*time.Second {
			t.Errorf("status %d after %v, want 401 after 10s", res.StatusCode, took)
		}
	})
}
