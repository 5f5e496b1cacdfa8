package transport_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/transport"
)

func TestHeadroomQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		tests := []struct {
			name                    string
			remaining, limit, reset string
			want                    transport.Quota
		}{
			{"none", "", "", "", transport.Quota{}},
			{"no remaining", "", "100", "30", transport.Quota{}},
			{"remaining", "42", "", "", transport.Quota{Known: true, Remaining: 42, Seen: now}},
			{"nothing left", "0", "100", "0", transport.Quota{Known: true, Limit: 100, Reset: now, Seen: now}},
			{"seconds", "42", "100", "30", transport.Quota{Known: true, Remaining: 42, Limit: 100, Reset: now.Add(30 * time.Second), Seen: now}},
			{"time", "42", " 100\t", "1800000000", transport.Quota{Known: true, Remaining: 42, Limit: 100, Reset: time.Unix(1800000000, 0), Seen: now}},
			{"negative", "-1", "100", "30", transport.Quota{}},
			{"sign", "+1", "100", "30", transport.Quota{}},
			{"fraction", "1.5", "100", "30", transport.Quota{}},
			{"huge", "99999999999", "100", "30", transport.Quota{}},
			{"only remaining is sound", "42", "many", "later", transport.Quota{Known: true, Remaining: 42, Seen: now}},
		}
		for _, tt := range tests {
			h := transport.NewHeadroom(nil)
			if got := h.Quota(); got != (transport.Quota{}) {
				t.Errorf("%s: at first %+v", tt.name, got)
			}
			rt := h.Layer(answers(map[string]string{
				"X-RateLimit-Remaining": tt.remaining, "x-ratelimit-limit": tt.limit, "X-Ratelimit-Reset": tt.reset,
			}))
			if _, err := get(t.Context(), rt, "http://hooktest.test/"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, h.Quota()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	})
}

// TestHeadroomNames: a provider may have other names for its headers.
func TestHeadroomNames(t *testing.T) {
	h := transport.NewHeadroom(&transport.HeadroomOptions{
		Quota: transport.QuotaHeaders{Remaining: "RateLimit-Left", Limit: "RateLimit-All", Reset: "RateLimit-Until"},
	})
	rt := h.Layer(answers(map[string]string{
		"RateLimit-Left": "42", "RateLimit-All": "50", "RateLimit-Until": "1800000000",
		"X-RateLimit-Remaining": "1", "X-RateLimit-Limit": "2", "X-RateLimit-Reset": "3",
	}))
	if _, err := get(t.Context(), rt, "http://hooktest.test/"); err != nil {
		t.Fatal(err)
	}
	if q := h.Quota(); !q.Known || q.Remaining != 42 || q.Limit != 50 || !q.Reset.Equal(time.Unix(1800000000, 0)) {
		t.Errorf("%+v", q)
	}
}

// answers is a transport that answers with the header.
func answers(header map[string]string) http.RoundTripper {
	h := http.Header{}
	for k, v := range header {
		if v != "" {
			h.Set(k, v)
		}
	}
	return transport.Func(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: h, Body: http.NoBody}, nil
	})
}

// TestHeadroomKeepsTheLatest: an answer that says nothing takes nothing away,
// and an error still is an attempt.
func TestHeadroomKeepsTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := transport.NewHeadroom(nil)
		for _, rt := range []http.RoundTripper{
			answers(map[string]string{"X-RateLimit-Remaining": "7"}),
			answers(map[string]string{"X-RateLimit-Remaining": "6"}),
			answers(nil),
			transport.Func(func(*http.Request) (*http.Response, error) { return nil, errRefused }),
		} {
			_, _ = get(t.Context(), h.Layer(rt), "http://hooktest.test/")
			time.Sleep(10 * time.Second)
		}
		if q := h.Quota(); q.Remaining != 6 || time.Since(q.Seen) != 30*time.Second {
			t.Errorf("%+v, want the second answer's", q)
		}
		for _, want := range []int{4, 4, 3, 2, 1, 0, 0} {
			if got := h.Attempts(); got != want {
				t.Errorf("after %v: %d attempts in the last minute, want %d", time.Since(h.Quota().Seen), got, want)
			}
			time.Sleep(10 * time.Second)
			if want == 4 {
				time.Sleep(1 * time.Nanosecond)
			}
		}
	})
}

// TestHeadroomWarns once a minute, while there are too many attempts.
func TestHeadroomWarns(t *testing.T) {
	tests := []struct {
		perMinute int
		warn      int
		want      int
	}{{80, 80, 0}, {90, 80, 5}, {90, 0, 0}}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			var log lockedBuffer
			h := transport.NewHeadroom(&transport.HeadroomOptions{Warn: tt.warn, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			rt := h.Layer(answers(map[string]string{"X-RateLimit-Remaining": "7", "X-RateLimit-Limit": "100"}))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			for ctx.Err() == nil {
				_, _ = get(ctx, rt, "http://hooktest.test/")
				time.Sleep(time.Minute / time.Duration(tt.perMinute))
			}
			if got := strings.Count(log.String(), "\n"); got != tt.want {
				t.Errorf("%d a minute for 5 minutes: %d warnings, want %d:\n%s", tt.perMinute, got, tt.want, log.String())
			}
			if tt.want > 0 && !strings.Contains(log.String(), "attempts=81 warn_above=80 remaining=7 limit=100") {
				t.Error("log:", log.String())
			}
		})
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestNewHeadroomPanics(t *testing.T) {
	wantPanic(t, func() { transport.NewHeadroom(&transport.HeadroomOptions{Warn: -1}) }, "NewHeadroom")
}

// FuzzQuota: no header makes a quota that can't be.
func FuzzQuota(f *testing.F) {
	f.Add("42", "100", "30")
	f.Add("0", "", "1800000000")
	f.Add("-1", "9999999999", "9999999999")
	f.Fuzz(func(t *testing.T, remaining, limit, reset string) {
		h := transport.NewHeadroom(nil)
		now := time.Now()
		_, _ = get(t.Context(), h.Layer(answers(map[string]string{
			"X-RateLimit-Remaining": remaining, "X-RateLimit-Limit": limit, "X-RateLimit-Reset": reset,
		})), "http://hooktest.test/")
		q := h.Quota()
		if !q.Known && q != (transport.Quota{}) || q.Remaining < 0 || q.Limit < 0 ||
			!q.Reset.IsZero() && (q.Reset.Before(now) && q.Reset.Unix() <= 1e8 || q.Reset.Year() > 2300) {
			t.Errorf("%q %q %q: %+v", remaining, limit, reset, q)
		}
	})
}
