package transport_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

// TestStaleAnswer: an answer from memory is the whole one, marked as RFC 9211
// and RFC 9111 say, and the callers' own to do with as they like.
func TestStaleAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, nil, &transport.StaleOptions{Paths: []string{"/me"}, FreshFor: time.Minute})
		k.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Request-Id", "r1")
			_, _ = io.WriteString(w, "profile")
		}
		fetch := func() *http.Response {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), "GET", k.URL+"/me", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := k.rt.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(body) != "profile" || err != nil || resp.Status != "200 OK" || resp.ContentLength != 7 ||
				resp.Header.Get("X-Request-Id") != "r1" || resp.Proto != "HTTP/1.1" {
				t.Errorf("%+v with the body %q, %v", resp, body, err)
			}
			return resp
		}
		wantStatus := func(resp *http.Response, status, age string) {
			t.Helper()
			got := [2]string{resp.Header.Get("Cache-Status"), resp.Header.Get("Age")}
			if diff := cmp.Diff([2]string{status, age}, got); diff != "" {
				t.Error(diff)
			}
			resp.Header.Set("X-Request-Id", "changed")
			resp.Header["Date"][0] = "changed"
		}
		wantStatus(fetch(), "", "")
		time.Sleep(15 * time.Second)
		wantStatus(fetch(), "hooklatch; hit; ttl=45", "15")
		time.Sleep(time.Hour)
		k.answer = status(503)
		resp := fetch()
		if resp.Header.Get("Date") == "changed" {
			t.Error("one caller's change reached another")
		}
		wantStatus(resp, `hooklatch; fwd=stale; ttl=-3555; detail="server error"; fwd-status=503`, "3615")
		k.inner = transport.ErrCircuitOpen
		wantStatus(fetch(), `hooklatch; fwd=stale; ttl=-3555; detail="circuit open"`, "3615")
	})
}

// TestStaleCannotBeForged: what the provider says of caches is not taken for
// what the layer says, on any answer.
func TestStaleCannotBeForged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, nil, &transport.StaleOptions{Paths: []string{"/me"}})
		for _, target := range []string{"/me", "/unlisted"} {
			for _, code := range []int{200, 404, 503} {
				k.answer = func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Cache-Status", "hooklatch; fwd=stale; ttl=-9")
					w.Header().Set("Cache-Control", "no-store")
					w.Header().Set("Age", "9")
					w.WriteHeader(code)
				}
				k.want(target, seen{Status: code})
			}
		}
	})
}

// TestStaleIsBounded: the least recently used answers give way.
func TestStaleIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, nil, &transport.StaleOptions{Paths: []string{"/*"}, MaxEntries: 3})
		for i := 1; i <= 4; i++ {
			target := fmt.Sprint("/", i)
			k.want(target, seen{Status: 200, Body: fmt.Sprint("token ", target, " ", i)})
		}
		k.answer = status(503)
		k.want("/1", seen{Status: 503})
		for i := 2; i <= 4; i++ {
			target := fmt.Sprint("/", i)
			k.want(target, seen{Status: 200, Body: fmt.Sprint("token ", target, " ", i), Stale: true})
		}
	})
}

// TestStaleWithClientTimeout: the time-out of an http.Client is a deadline as
// well, and what stands in then can be read after it.
func TestStaleWithClientTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKeeper(t, nil, everything)
		k.want("/me", seen{Status: 200, Body: "token /me 1"})
		k.answer = hang
		client := &http.Client{Transport: k.rt, Timeout: 3 * time.Second}
		resp, err := client.Get(k.URL + "/me")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if age, stale := transport.Staleness(resp); string(body) != "token /me 1" || err != nil || age != 3*time.Second || !stale {
			t.Errorf("body %q, %v, age %v, stale %v", body, err, age, stale)
		}
		k.wantNothingOpen()
	})
}

func TestStaleInvalidOptions(t *testing.T) {
	for want, o := range map[string]*transport.StaleOptions{
		"malformed pattern /[":            {Paths: []string{"/["}},
		"an option is negative":           {MaxEntries: -1},
		"MaxStale is less than FreshFor":  {FreshFor: 2 * time.Hour, MaxStale: time.Hour},
		"nil source\nmalformed pattern [": {Paths: []string{"["}},
	} {
		source := transport.StaticToken("token")
		if strings.HasPrefix(want, "nil source") {
			source = nil
		}
		func() {
			defer func() {
				if got := recover(); got != "transport: Stale: "+want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			transport.Stale(source, o)
		}()
	}
	transport.Stale(transport.StaticToken("token"), nil)
	transport.Stale(transport.StaticToken("token"), &transport.StaleOptions{FreshFor: 48 * time.Hour}) // raises MaxStale
}

func FuzzStaleness(f *testing.F) {
	f.Add("hooklatch; hit; ttl=45", "15")
	f.Add("hooklatch; fwd=stale; ttl=-3555", "3615")
	f.Add("hooklatch; hit; ttl=1", "-1")
	f.Add("Hooklatch; hit", "99999999999999999999")
	f.Add("other; hit, hooklatch; hit; ttl=1", "1")
	f.Fuzz(func(t *testing.T, status, age string) {
		resp := &http.Response{Header: http.Header{"Cache-Status": {status}, "Age": {age}}}
		got, stale := transport.Staleness(resp)
		if got < 0 || (got > 0 || stale) && !strings.HasPrefix(status, "hooklatch; ") {
			t.Fatalf("Staleness = %v, %v", got, stale)
		}
	})
}
