package transport_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/transport"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	tests := []struct {
		name, value, date string
		want              time.Duration
		ok                bool
	}{
		{name: "none"},
		{name: "seconds", value: "7", want: 7 * time.Second, ok: true},
		{name: "zero", value: "0", ok: true},
		{name: "leading zeros", value: "007", want: 7 * time.Second, ok: true},
		{name: "spaces around", value: " 7\t", want: 7 * time.Second, ok: true},
		{name: "a day", value: "86400", want: day, ok: true},
		{name: "more than a day", value: "86401", want: day, ok: true},
		{name: "more than an int64", value: "99999999999999999999999999", want: day, ok: true},
		{name: "overflows as a Duration", value: "18446744074", want: day, ok: true},
		{name: "negative", value: "-7"},
		{name: "signed", value: "+7"},
		{name: "fraction", value: "299.997", want: 300 * time.Second, ok: true},
		{name: "a fraction of nothing", value: "5.0", want: 5 * time.Second, ok: true},
		{name: "a small fraction", value: "0.001", want: time.Second, ok: true},
		{name: "no fraction", value: "5.", want: 5 * time.Second, ok: true},
		{name: "a fraction more than a day", value: "86400.1", want: day, ok: true},
		{name: "a fraction more than a uint64", value: "18446744073709551615.5", want: day, ok: true},
		{name: "no whole part", value: ".5"},
		{name: "two points", value: "1.2.3"},
		{name: "an exponent", value: "1e3"},
		{name: "a unit", value: "7s"},
		{name: "list", value: "7, 8"},
		{name: "other digits", value: "٧"},
		{name: "words", value: "soon"},

		{name: "date", value: "Sun, 01 Mar 2026 12:00:07 GMT", want: 7 * time.Second, ok: true},
		{name: "RFC 850", value: "Sunday, 01-Mar-26 12:00:07 GMT", want: 7 * time.Second, ok: true},
		{name: "asctime", value: "Sun Mar  1 12:00:07 2026", want: 7 * time.Second, ok: true},
		{name: "past", value: "Sun, 01 Mar 2026 11:00:00 GMT", ok: true},
		{name: "now", value: "Sun, 01 Mar 2026 12:00:00 GMT", ok: true},
		{name: "a year ahead", value: "Mon, 01 Mar 2027 12:00:00 GMT", want: day, ok: true},
		{name: "the far future", value: "Fri, 31 Dec 9999 23:59:59 GMT", want: day, ok: true},
		{name: "UTC", value: "Sun, 01 Mar 2026 12:00:07 UTC", want: 7 * time.Second, ok: true},
		{name: "an offset of nothing", value: "Sun, 01 Mar 2026 12:00:07 +0000", want: 7 * time.Second, ok: true},
		{name: "a day of one digit", value: "Sun, 1 Mar 2026 12:00:07 GMT", want: 7 * time.Second, ok: true},
		{name: "both", value: "Sun, 1 Mar 2026 12:00:07 +0000", want: 7 * time.Second, ok: true},
		{name: "another zone", value: "Sun, 01 Mar 2026 13:00:07 CET"},
		{name: "another offset", value: "Sun, 01 Mar 2026 13:00:07 +0100"},
		{name: "no such day", value: "Sun, 31 Feb 2026 12:00:07 GMT"},

		{
			name: "their clock is an hour behind", value: "Sun, 01 Mar 2026 11:00:07 GMT",
			date: "Sun, 01 Mar 2026 11:00:00 GMT", want: 7 * time.Second, ok: true,
		},
		{
			name: "their clock is an hour ahead", value: "Sun, 01 Mar 2026 13:00:07 GMT",
			date: "Sun, 01 Mar 2026 13:00:00 GMT", want: 7 * time.Second, ok: true,
		},
		{
			name: "malformed Date", value: "Sun, 01 Mar 2026 12:00:07 GMT",
			date: "yesterday", want: 7 * time.Second, ok: true,
		},
		{name: "seconds with a Date", value: "7", date: "Sun, 01 Mar 2026 13:00:00 GMT", want: 7 * time.Second, ok: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			if tt.value != "" {
				h.Set("Retry-After", tt.value)
			}
			if tt.date != "" {
				h.Set("Date", tt.date)
			}
			if got, ok := transport.RetryAfter(h, now); got != tt.want || ok != tt.ok {
				t.Errorf("RetryAfter = %v, %v, want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
	if _, ok := transport.RetryAfter(nil, now); ok {
		t.Error("a nil header asks to wait")
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{
		"", "0", "7", "-1", "99999999999999999999", "18446744074", "1e9", "299.997", "18446744073709551615.5", "Sun, 1 Mar 2026 12:00:07 +0000",
		"Sun, 01 Mar 2026 12:00:07 GMT", "Sunday, 01-Mar-26 12:00:07 GMT", "Sun Mar  1 12:00:07 2026",
		"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
	} {
		f.Add(value, "")
		f.Add(value, "Sun, 01 Mar 2026 12:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		wait, ok := transport.RetryAfter(h, now)
		if wait < 0 || wait > 24*time.Hour || !ok && wait != 0 {
			t.Fatalf("RetryAfter = %v, %v", wait, ok)
		}
		// Read a minute later by our clock, it says the same or, if a date
		// without a Date, a wait that is shorter by no more than that.
		later, ok2 := transport.RetryAfter(h, now.Add(time.Minute))
		if ok2 != ok || later > wait || wait-later > time.Minute {
			t.Fatalf("RetryAfter = %v, %v, and a minute later %v, %v", wait, ok, later, ok2)
		}
	})
}
