package linktree_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/linktree"
)

// receive decodes the data of an event as a Mux does.
func receive[T any](t *testing.T, typ, body string) (T, error) {
	t.Helper()
	var got T
	ran := 0
	m := dispatch.Mux{Logger: slog.New(slog.DiscardHandler)}
	m.Handle(typ, dispatch.JSON(func(_ context.Context, e dispatch.Event[T]) error {
		got = e.Data
		ran++
		return nil
	}))
	err := m.HandleDelivery(t.Context(), &hooklatch.Delivery{Body: []byte(body)})
	if want := map[bool]int{true: 1, false: 0}[err == nil]; ran != want {
		t.Errorf("handler ran %d times, error %v", ran, err)
	}
	return got, err
}

// check decodes a body and what becomes of the data when it is encoded again.
func check[T any](t *testing.T, typ, body string, want T) {
	t.Helper()
	got, err := receive[T](t, typ, body)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: (-want +got):\n%s", body, d)
	}
	again, err := json.Marshal(map[string]any{"type": typ, "data": got, "timestamp": 1714000000})
	if err != nil {
		t.Fatal(err)
	}
	got, err = receive[T](t, typ, string(again))
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%s, encoded again as %s: %v, (-want +got):\n%s", body, again, err, d)
	}
}

func TestPayloads(t *testing.T) {
	at := linktree.Time{Time: time.Date(2024, 4, 24, 23, 6, 40, 0, time.UTC)}
	check(t, linktree.LinkCreated,
		`{"type":"link.created","data":{"link_id":"lnk_1","title":"My song 🎵","url":"https://example.com/s?a=1&b=2","position":3},"timestamp":1714000000}`,
		linktree.LinkCreatedData{LinkID: "lnk_1", Title: "My song 🎵", URL: "https://example.com/s?a=1&b=2", Position: 3})
	check(t, linktree.LinkUpdated,
		`{"type":"link.updated","data":{"link_id":"lnk_1","title":"T","url":"https://example.com","position":0,"thumbnail_url":"https://example.com/t.png"},"timestamp":1714000000}`,
		linktree.LinkUpdatedData{LinkID: "lnk_1", Title: "T", URL: "https://example.com", ThumbnailURL: "https://example.com/t.png"})
	check(t, linktree.LinkDeleted,
		`{"type":"link.deleted","data":{"link_id":"lnk_1","deleted_at":"2024-04-24T23:06:40Z"},"timestamp":1714000000}`,
		linktree.LinkDeletedData{LinkID: "lnk_1", DeletedAt: at})
	check(t, linktree.LinkDeleted,
		`{"type":"link.deleted","data":{"link_id":"lnk_1","deleted_at":1714000000},"timestamp":1714000000}`,
		linktree.LinkDeletedData{LinkID: "lnk_1", DeletedAt: at})
	check(t, linktree.ProfileUpdated,
		`{"type":"profile.updated","data":{"username":"ada","bio":"I count","avatar_url":"https://example.com/a.png","theme":"air-blue"},"timestamp":1714000000}`,
		linktree.ProfileUpdatedData{Username: "ada", Bio: "I count", AvatarURL: "https://example.com/a.png", Theme: "air-blue"})
	check(t, linktree.AnalyticsMilestone,
		`{"type":"analytics.milestone","data":{"link_id":"lnk_1","metric":"clicks","value":1003,"threshold":1000},"timestamp":1714000000}`,
		linktree.AnalyticsMilestoneData{LinkID: "lnk_1", Metric: "clicks", Value: 1003, Threshold: 1000})
	check(t, linktree.AnalyticsMilestone,
		`{"type":"analytics.milestone","data":{"link_id":"lnk_1","metric":"rate","value":0.5,"threshold":0.25},"timestamp":1714000000}`,
		linktree.AnalyticsMilestoneData{LinkID: "lnk_1", Metric: "rate", Value: 0.5, Threshold: 0.25})
	check(t, linktree.AnalyticsMilestone,
		`{"type":"analytics.milestone","data":{"link_id":"lnk_1","metric":"views","value":9007199254740992,"threshold":9007199254740991}}`,
		linktree.AnalyticsMilestoneData{LinkID: "lnk_1", Metric: "views", Value: 1 << 53, Threshold: 1<<53 - 1})
}

// Linktree may add members, anywhere, and leave others out or null.
func TestPayloadsTolerate(t *testing.T) {
	tests := map[string]string{
		"unknown members": `{"version":"2","type":%q,"data":{"link_id":"l","username":"l","added":{"deep":[1]},"more":null},"timestamp":1,"account":{"id":7}}`,
		"only an id":      `{"type":%q,"data":{"link_id":"l","username":"l"}}`,
		"all else null": `{"type":%q,"data":{"link_id":"l","username":"l","title":null,"url":null,"position":null,"thumbnail_url":null,
			"deleted_at":null,"bio":null,"avatar_url":null,"theme":null,"metric":null,"value":null,"threshold":null}}`,
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			of := func(typ string) string { return strings.Replace(body, "%q", `"`+typ+`"`, 1) }
			check(t, linktree.LinkCreated, of(linktree.LinkCreated), linktree.LinkCreatedData{LinkID: "l"})
			check(t, linktree.LinkUpdated, of(linktree.LinkUpdated), linktree.LinkUpdatedData{LinkID: "l"})
			check(t, linktree.LinkDeleted, of(linktree.LinkDeleted), linktree.LinkDeletedData{LinkID: "l"})
			check(t, linktree.ProfileUpdated, of(linktree.ProfileUpdated), linktree.ProfileUpdatedData{Username: "l"})
			check(t, linktree.AnalyticsMilestone, of(linktree.AnalyticsMilestone), linktree.AnalyticsMilestoneData{LinkID: "l"})
		})
	}
}

func TestPayloadsRefuse(t *testing.T) {
	for _, data := range []string{`{"link_id":1}`, `{"position":"first"}`, `{"position":1.5}`, `[]`, `"l"`} {
		_, err := receive[linktree.LinkCreatedData](t, linktree.LinkCreated, `{"type":"link.created","data":`+data+`}`)
		if !errors.As(err, new(*dispatch.DecodeError)) {
			t.Errorf("%s: %v, want a DecodeError", data, err)
		}
	}
}

func TestEventTypes(t *testing.T) {
	want := []string{"link.created", "link.updated", "link.deleted", "profile.updated", "analytics.milestone"}
	if d := cmp.Diff(want, linktree.EventTypes()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	linktree.EventTypes()[0] = "changed"
	if linktree.EventTypes()[0] != linktree.LinkCreated {
		t.Error("the list can be changed from outside")
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2024, 4, 24, 23, 6, 40, 0, time.UTC)
	good := map[string]time.Time{
		`"2024-04-24T23:06:40Z"`:           at,
		`"2024-04-25T01:06:40+02:00"`:      at,
		`"2024-04-24T23:06:40.123456789Z"`: at.Add(123456789),
		`1714000000`:                       at,
		`1714000000.0`:                     at,
		`1.714e9`:                          at,
		`1714000000.25`:                    at.Add(250 * time.Millisecond),
		`1714000000.123456`:                at.Add(123456 * time.Microsecond),
		`0`:                                time.Unix(0, 0),
		`-1.5`:                             time.Unix(-2, 500_000_000),
		`253402300799`:                     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		`null`:                             {},
	}
	for in, want := range good {
		var got linktree.Time
		if err := json.Unmarshal([]byte(in), &got); err != nil || !got.Equal(want) {
			t.Errorf("%s: %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{
		`""`, `"yesterday"`, `"1714000000"`, `"2024-04-24"`, `"2024-04-24 23:06:40"`, `true`, `{}`, `[1714000000]`,
		`1714000000000`, `253402300800`, `-62167219200.5`, `NaN`, `Infinity`, `-1e18`, `1e400`,
	} {
		got := linktree.Time{Time: at}
		err := got.UnmarshalJSON([]byte(in))
		var e *json.UnmarshalTypeError
		if !errors.As(err, &e) || strings.Contains(err.Error(), strings.Trim(in, `"[]{}`)) && len(in) > 4 {
			t.Errorf("%s: %v, want an UnmarshalTypeError that does not quote it", in, err)
		}
		if !got.Equal(at) {
			t.Errorf("%s: changed the time to %v", in, got)
		}
	}
	var kept linktree.Time
	if err := kept.UnmarshalJSON(nil); err == nil {
		t.Error("no bytes: no error")
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{`"2024-04-24T23:06:40.5+02:00"`, `1714000000.25`, `-1e9`, `null`, `1e400`, `253402300799.9999999`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var at, again linktree.Time
		if json.Unmarshal(b, &at) != nil || bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
			return
		}
		out, err := json.Marshal(at)
		if err != nil {
			t.Fatalf("%s was read as %v, which can't be written: %v", b, at, err)
		}
		if err := json.Unmarshal(out, &again); err != nil || !again.Equal(at.Time) {
			t.Fatalf("%s was read as %v, written as %s, and read as %v, %v", b, at, out, again, err)
		}
	})
}

func TestRetrySchedule(t *testing.T) {
	var total time.Duration
	var seconds []int
	for _, d := range linktree.RetrySchedule() {
		total += d
		seconds = append(seconds, int(d/time.Second))
	}
	if d := cmp.Diff([]int{10, 30, 90, 270, 810}, seconds); d != "" || total != 1210*time.Second {
		t.Errorf("total %v, (-want +got):\n%s", total, d)
	}
	linktree.RetrySchedule()[0] = 0
	if linktree.RetrySchedule()[0] != 10*time.Second {
		t.Error("the schedule can be changed from outside")
	}
	if linktree.DisabledAfter != 72*time.Hour {
		t.Errorf("DisabledAfter = %v", linktree.DisabledAfter)
	}
}
