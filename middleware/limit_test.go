package middleware_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/middleware"
)

func TestLimit(t *testing.T) {
	enter, leave := make(chan struct{}), make(chan struct{})
	ep := newEndpoint()
	srv := httptest.NewServer(ep.Limit(2)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		enter <- struct{}{}
		<-leave
	})))
	defer srv.Close()
	post := func() answer {
		req, err := http.NewRequest(http.MethodPost, srv.URL, nil)
		if err != nil {
			t.Error(err)
		}
		return do(http.DefaultClient, req)
	}
	answers := make(chan answer, 3)
	for range 2 {
		go func() { answers <- post() }()
		<-enter
	}
	third := post()
	third.want(t, 503, "Try again later")
	if third.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q, want 1", third.header.Get("Retry-After"))
	}
	for range 2 {
		leave <- struct{}{}
		(<-answers).want(t, 200, "")
	}
	go func() { answers <- post() }() // there is room again
	<-enter
	leave <- struct{}{}
	(<-answers).want(t, 200, "")
	mustPanic(t, "no places", func() { ep.Limit(0) })
}

// TestLimitRefusedTakesNoPlace: a delivery that is being turned away, however long
// that takes, takes no place.
func TestLimitRefusedTakesNoPlace(t *testing.T) {
	enter, leave, left := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var h http.Handler
	serve := func() int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
		return w.Code
	}
	ran := 0
	ep := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler), Observe: func(_ context.Context, out middleware.Outcome) {
		if out.Duration != 0 {
			t.Errorf("duration %v of a request that was not captured", out.Duration)
		}
		leave <- struct{}{}
		<-left
		if status := serve(); status != 200 {
			t.Errorf("status %d while nothing was in hand", status)
		}
	}})
	h = ep.Limit(1)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if ran++; ran == 1 {
			enter <- struct{}{}
			<-leave
		}
	}))
	go func() { serve(); close(left) }()
	<-enter
	if status := serve(); status != 503 || ran != 2 {
		t.Errorf("status %d, and %d ran", status, ran)
	}
}

// TestWaitersGiveUpTheirPlace: replays of one slow delivery don't take the places
// of others.
func TestWaitersGiveUpTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := created()
		rig := newRig(t, func(_ http.ResponseWriter, r *http.Request) {
			if d, _ := hooklatch.FromContext(r.Context()); d.ID == slow.ID {
				time.Sleep(1900 * time.Millisecond)
			}
		}, middleware.OnceOptions{})
		rig.h = rig.ep.Receiver(rig.scheme, rig.store, rig.handler, &middleware.ReceiverOptions{MaxInHand: 2})
		replays := make(chan answer, 20)
		go rig.post(slow)
		for range cap(replays) {
			synctest.Wait()
			go func() { replays <- rig.post(slow) }()
		}
		for range 10 {
			synctest.Wait()
			rig.post(created()).want(t, 200, received)
		}
		for range cap(replays) {
			(<-replays).want(t, 200, duplicate)
		}
	})
}

// TestWaiterRegainsItsPlace: a delivery that has waited takes a place again before
// it runs. Where there is none, it is turned away, and its claim released.
func TestWaiterRegainsItsPlace(t *testing.T) {
	for _, room := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			busy := created()
			rig := newRig(t, func(http.ResponseWriter, *http.Request) { time.Sleep(3 * time.Second) }, middleware.OnceOptions{})
			rig.h = rig.ep.Receiver(rig.scheme, rig.store, rig.handler, &middleware.ReceiverOptions{MaxInHand: 1})
			other := rig.replica(t, func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(time.Second)
				w.WriteHeader(500)
			})
			ev := created()
			go serveDirectly(other, rig.request("/", ev))
			synctest.Wait()
			waiter := make(chan answer, 1)
			go func() { waiter <- rig.post(ev) }()
			synctest.Wait()
			if !room {
				go rig.post(busy)
			}
			time.Sleep(1900 * time.Millisecond) // the other process has failed
			if room {
				rig.post(busy).want(t, 503, "Try again later") // the waiter has its place
				(<-waiter).want(t, 200, received)
			} else {
				a := <-waiter
				a.want(t, 503, "Try again later")
				if a.header.Get("Retry-After") != "1" {
					t.Errorf("Retry-After %q, want 1", a.header.Get("Retry-After"))
				}
				rig.wantResults(middleware.Overloaded)
				serveDirectly(other, rig.request("/", ev)).want(t, 500, "") // granted at once
			}
			time.Sleep(10 * time.Second)
			rig.post(created()).want(t, 200, received)
		})
	}
}

// TestLimitWithinTimeoutHandler: http.TimeoutHandler returns while the layers behind
// it go on. A waiter there must not leave its place twice, or never.
func TestLimitWithinTimeoutHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rig := newRig(t, nil, middleware.OnceOptions{})
		var ran atomic.Int64
		h := middleware.Chain(
			rig.ep.Capture(0, nil), rig.ep.Verify(rig.scheme), rig.ep.Limit(1),
			func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Second, "") },
			rig.ep.Once(rig.store, nil),
		)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if ran.Add(1) <= 3 {
				time.Sleep(3 * time.Second)
			}
		}))
		other := rig.replica(t, func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(200 * time.Millisecond)
			w.WriteHeader(500)
		})
		for range 3 {
			ev := created()
			go serveDirectly(other, rig.request("/", ev))
			synctest.Wait()
			if a := serveDirectly(h, rig.request("/", ev)); a.status != 503 {
				t.Errorf("status %d, want the time-out's 503", a.status)
			}
			time.Sleep(10 * time.Second)
		}
		if n := ran.Load(); n != 3 {
			t.Errorf("%d handlers ran, want 3", n)
		}
		serveDirectly(h, rig.request("/", created())).want(t, 200, received)
	})
}

// TestPlaceIsGivenBack: a place is free again however the handler ends.
func TestPlaceIsGivenBack(t *testing.T) {
	for name, end := range map[string]func(){
		"return": func() {},
		"panic":  func() { panic("no") },
		"goexit": runtime.Goexit,
	} {
		for _, captured := range []bool{true, false} {
			ep, scheme := newEndpoint(), newScheme(t)
			ended := false
			h := ep.Limit(1)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				if !ended {
					ended = true
					end()
				}
			}))
			if captured {
				h = middleware.Chain(ep.Capture(0, nil), ep.Verify(scheme))(h)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				serveDirectly(h, hooktest.NewRequest(t, "/", scheme, created()))
			}()
			<-done
			if a := serveDirectly(h, hooktest.NewRequest(t, "/", scheme, created())); a.status != 200 {
				t.Errorf("%s, captured %v: the next delivery is answered %d", name, captured, a.status)
			}
		}
	}
}
