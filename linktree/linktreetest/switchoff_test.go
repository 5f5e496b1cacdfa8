package linktreetest_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// TestSwitchOff: failures only, for 72 hours.
func TestSwitchOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c, rc := subscribed(t)
		rc.set(500, 0)
		start := time.Now()
		for time.Since(start) < 71*time.Hour {
			ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
			time.Sleep(time.Hour)
		}
		if !ada.Webhooks()[0].Active {
			t.Fatal("switched off too early")
		}
		// One success, and the time begins anew.
		rc.set(200, 0)
		ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
		time.Sleep(time.Hour)
		rc.set(500, 0)
		start = time.Now()
		for time.Since(start) < 71*time.Hour {
			ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
			time.Sleep(time.Hour)
		}
		time.Sleep(time.Until(start.Add(linktree.DisabledAfter - time.Nanosecond)))
		ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
		synctest.Wait()
		if !ada.Webhooks()[0].Active {
			t.Fatal("switched off before 72 hours of failures")
		}
		before := len(rc.got())
		off := time.Now().UTC().Add(10 * time.Second) // with the first retry
		time.Sleep(time.Hour)
		diff(t, "attempts after the one that was too many", before+1, len(rc.got()))

		page := read[schema.WebhooksPage](t, c.do("GET", "/webhooks", ""))
		if wh := page.Webhooks[0]; wh.Active || !wh.DisabledAt.Equal(off) {
			t.Errorf("webhook %+v, want it off at %v", wh, off)
		}
		ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
		if err := fake.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		diff(t, "attempts while off", before+1, len(rc.got()))

		// Enabled, it has another 72 hours, and nothing of before is sent.
		rep := c.do("POST", "/webhooks/wh_1/enable", "")
		c.wants(200, "", rep)
		if wh := read[schema.Webhook](t, rep); !wh.Active || !wh.DisabledAt.IsZero() {
			t.Errorf("webhook %+v, want it on", wh)
		}
		time.Sleep(time.Hour)
		diff(t, "attempts at old events", before+1, len(rc.got()))
		for range 71 {
			ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
			time.Sleep(time.Hour)
		}
		if !ada.Webhooks()[0].Active {
			t.Error("switched off again at once")
		}
		rc.set(200, 0)
		before = len(rc.got())
		ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
		synctest.Wait()
		diff(t, "arrivals", before+1, len(rc.got()))
	})
}

// TestEnableWhatIsOn: it is no way to put off being switched off.
func TestEnableWhatIsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, ada, c, rc := subscribed(t)
		rc.set(500, 0)
		for range 73 {
			ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
			time.Sleep(time.Hour)
			if ada.Webhooks()[0].Active {
				c.wants(200, "", c.do("POST", "/webhooks/wh_1/enable", ""))
			}
		}
		diff(t, "active", false, ada.Webhooks()[0].Active)
	})
}

func TestDeletedWebhook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, ada, c, rc := subscribed(t)
		rc.set(500, 0)
		ada.Emit(linktree.LinkCreated, linktree.LinkCreatedData{})
		time.Sleep(time.Second)
		start := time.Now()
		c.wants(204, "", c.do("DELETE", "/webhooks/wh_1", ""))
		if err := fake.Wait(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("%v after %v: its retries go on", err, time.Since(start))
		}
		time.Sleep(time.Hour)
		diff(t, "attempts", 1, len(rc.got()))
	})
}

// TestDeletedWhileWaiting: what has not been sent when its webhook goes is not
// sent any more.
func TestDeletedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var posts atomic.Int64
		fake, ada, c := openBubble(t, &linktreetest.Options{
			SkipReachability: true,
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				posts.Add(1)
				time.Sleep(time.Second)
				return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
			}),
		})
		c.wants(201, "", c.do("POST", "/webhooks", subscription("http://a.example", "link.created")))
		for range 100 {
			ada.Emit(linktree.LinkCreated, nil)
		}
		synctest.Wait()
		c.wants(204, "", c.do("DELETE", "/webhooks/wh_1", ""))
		if err := fake.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		diff(t, "sent", int64(64), posts.Load())
	})
}

// TestAttemptOfAnEarlierRun: an attempt that was on the wire when the webhook
// was switched off says nothing of the time after it was enabled.
func TestAttemptOfAnEarlierRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := 0
		srv := hooktest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch {
			case r.Method == http.MethodHead:
				return
			case strings.Contains(string(body), "slow"):
				slow++
				time.Sleep(9 * time.Second)
			}
			w.WriteHeader(500)
		}))
		_, ada, c := openBubble(t, &linktreetest.Options{Transport: srv.Client().Transport})
		c.wants(201, "", c.do("POST", "/webhooks", subscription(srv.URL, "link.created")))
		ada.Emit(linktree.LinkCreated, nil)
		time.Sleep(linktree.DisabledAfter)
		ada.Emit(linktree.LinkCreated, "slow")
		began := time.Now()
		synctest.Wait()
		ada.Emit(linktree.LinkCreated, nil)
		synctest.Wait()
		diff(t, "active after 72 hours", false, ada.Webhooks()[0].Active)
		c.wants(200, "", c.do("POST", "/webhooks/wh_1/enable", ""))
		time.Sleep(time.Hour)
		diff(t, "slow attempts", 1, slow)
		ada.Emit(linktree.LinkCreated, nil)
		time.Sleep(time.Until(began.Add(linktree.DisabledAfter)))
		ada.Emit(linktree.LinkCreated, nil)
		synctest.Wait()
		diff(t, "active after 71 hours", true, ada.Webhooks()[0].Active)
	})
}
