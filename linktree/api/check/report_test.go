package check_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/linktree/api/check"
)

func TestReportStatus(t *testing.T) {
	for statuses, want := range map[string]struct {
		status check.Status
		code   int
	}{
		"":                       {check.Pass, 0},
		"pass pass":              {check.Pass, 0},
		"pass warn pass":         {check.Warn, 1},
		"skipped pass":           {check.Warn, 1},
		"off pass off":           {check.Pass, 0},
		"fail warn pass skipped": {check.Fail, 2},
		"skipped warn fail":      {check.Fail, 2},
	} {
		r := new(check.Report)
		for s := range strings.FieldsSeq(statuses) {
			r.Items = append(r.Items, check.Item{Status: check.Status(s)})
		}
		if r.Status() != want.status || r.ExitCode() != want.code {
			t.Errorf("%q: %s, %d, want %s, %d", statuses, r.Status(), r.ExitCode(), want.status, want.code)
		}
	}
}

var report = &check.Report{
	Time: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	Items: []check.Item{
		{Name: check.Health, Status: check.Pass, Detail: "up", Duration: 12345 * time.Microsecond, Numbers: map[string]float64{"b": 1.5, "a": -2}},
		{Name: check.Subscription, Status: check.Fail, Detail: "off", Err: errors.New("a\nb\x1b[31m\u202ec")},
		{Name: check.Links, Status: check.Skipped, Detail: "see auth"},
		{Name: check.Webhook, Status: check.Off, Detail: "no URL"},
		{Name: check.Clock, Status: check.Warn, Detail: "late", Duration: 40 * time.Microsecond},
	},
}

func TestReportText(t *testing.T) {
	const want = `pass     health        up (12.3ms)
fail     subscription  off
                         ab[31mc
skipped  links         see auth
off      webhook       no URL
warn     clock         late

fail: 1 passed, 1 warned, 1 failed, 1 skipped, 1 off
`
	if diff := cmp.Diff(want, report.String()); diff != "" {
		t.Error(diff)
	}
	var b strings.Builder
	if n, err := report.WriteTo(&b); err != nil || n != int64(len(want)) || b.String() != want {
		t.Errorf("WriteTo: %d, %v: %s", n, err, b.String())
	}
	full := errors.New("disk full")
	if n, err := report.WriteTo(fullDisk{full}); !errors.Is(err, full) || n != 3 {
		t.Errorf("WriteTo a full disk: %d, %v", n, err)
	}
}

type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 3, f.err }

func TestReportJSON(t *testing.T) {
	for _, tt := range []struct {
		report *check.Report
		want   string
	}{
		{new(check.Report), `{"status":"pass","exit_code":0,"time":"0001-01-01T00:00:00Z","items":[]}`},
		{report, `{"status":"fail","exit_code":2,"time":"2026-01-31T12:00:00Z","items":[` +
			`{"name":"health","status":"pass","detail":"up","duration_ms":12,"numbers":{"a":-2,"b":1.5}},` +
			`{"name":"subscription","status":"fail","detail":"off","duration_ms":0,"error":"ab[31mc"},` +
			`{"name":"links","status":"skipped","detail":"see auth","duration_ms":0},` +
			`{"name":"webhook","status":"off","detail":"no URL","duration_ms":0},` +
			`{"name":"clock","status":"warn","detail":"late","duration_ms":0}]}`},
	} {
		got, err := json.Marshal(tt.report)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Error(diff)
		}
	}
}
