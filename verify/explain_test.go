package verify_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func TestExplainGenuine(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		e := p.scheme(t, p.new).Explain(p.header(p.new, now), []byte(testBody), nil)
		if diff := cmp.Diff(verify.Explanation{Matched: true}, e); diff != "" || e.String() != "the signature is right" {
			t.Errorf("%v\n%s", e, diff)
		}
	})
}

func TestExplainSkew(t *testing.T) {
	p := presetNamed("stripe")
	s := p.scheme(t, p.new)
	for _, skew := range []time.Duration{6 * time.Minute, -time.Hour} {
		e := s.Explain(p.header(p.new, now.Add(-skew)), []byte(testBody), nil)
		if e.Skew != skew || !e.Matched || !e.Has(verify.MistakeClock) {
			t.Errorf("Skew = %v, want %v: %v", e.Skew, skew, e)
		}
	}
}

// Whatever comes, Explain does a bounded amount of work: without the bounds, it
// would not come back from some of these, or take gigabytes for others.
func TestExplainBounded(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes it ten times slower, and changes what is allocated")
	}
	p := presetNamed("standard-webhooks")
	for name, body := range map[string]string{
		"long":          `"` + strings.Repeat("x", 4<<20) + `"`,
		"deep":          strings.Repeat("[", 9999) + strings.Repeat("]", 9999),
		"wide":          "[" + strings.Repeat("1,", 60_000) + "1]",
		"deep-ish":      strings.Repeat("[", 31) + strings.Repeat("1,", 60_000) + "1" + strings.Repeat("]", 31),
		"not UTF-8":     strings.Repeat("\xff\"", 50_000),
		"many members":  `{"a":1` + strings.Repeat(`,"a":1`, 20_000) + "}",
		"many fields":   strings.Repeat("a=b%20c&", 12_000) + "a=b",
		"much escaped":  `["` + strings.Repeat("é/<'", 20_000) + `"]`,
		"much unpacked": gzipped(strings.Repeat("x", 64<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			s := p.scheme(t, p.new, p.old)
			h := p.header("whsec_"+strings.Repeat("A", 32), now)
			for i := range 1000 {
				h.Add(p.signature, "v1,"+base64.StdEncoding.EncodeToString(make([]byte, 20+i%45)))
				h.Set(fmt.Sprintf("X-Signature-%d", i), strings.Repeat("00", 32)+","+strings.Repeat("11", 48))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			e := s.Explain(h, []byte(body), &verify.ExplainOptions{Secrets: []string{"1", "2", "3"}, Providers: provider.Specs()})
			runtime.ReadMemStats(&after)
			if e.Matched || !e.Incomplete {
				t.Errorf("Matched = %v, Incomplete = %v", e.Matched, e.Incomplete)
			}
			limit := uint64(160)
			if name == "long" {
				limit = 90
			}
			if n := (after.TotalAlloc - before.TotalAlloc) >> 20; n > limit {
				t.Errorf("Explain allocated %d MiB in all, want %d at most", n, limit)
			}
		})
	}
}

// What was found makes it no matter that there was more to try.
func TestExplainIncomplete(t *testing.T) {
	p := presetNamed("linktree")
	s := p.scheme(t, p.new)
	body := `{"a":"` + strings.Repeat("x", 256<<10) + `"}`
	h := http.Header{}
	p.sign(h, p.new, "id-1", now, body)
	if e := s.Explain(h, []byte(body+"\n"), nil); !e.Matched || e.Incomplete {
		t.Errorf("a newline more: Matched = %v, Incomplete = %v", e.Matched, e.Incomplete)
	}
	if e := s.Explain(h, []byte(body+"x"), nil); e.Matched || !e.Incomplete {
		t.Errorf("an x more: Matched = %v, Incomplete = %v", e.Matched, e.Incomplete)
	}
}

// A nil body was never read, and an empty one was: only that is a finding.
func TestExplainHeadersOnly(t *testing.T) {
	p := presetNamed("linktree")
	s := p.scheme(t, p.new)
	good, stale := p.header(p.new, now), p.header(p.new, now.Add(-time.Hour))
	for _, c := range []struct {
		name string
		h    http.Header
		body []byte
		want verify.Explanation
		text string
	}{
		{"in order", good, nil, verify.Explanation{HeadersOnly: true}, "the headers are in order; the body was not read"},
		{
			"unsigned",
			http.Header{},
			nil,
			verify.Explanation{HeadersOnly: true, Findings: []verify.Finding{{Mistake: verify.MistakeHeaderMissing, Detail: p.signature}}},
			"verify: linktree: X-Linktree-Signature: missing; found: header missing: X-Linktree-Signature; the body was not read",
		},
		{
			"stale", stale, nil,
			verify.Explanation{HeadersOnly: true, Skew: time.Hour, Findings: []verify.Finding{{
				Mistake: verify.MistakeClock, Detail: "1h0m0s in the past, as if local time were taken for UTC",
			}}},
			"verify: linktree: X-Linktree-Timestamp: outside the time tolerance; found: timestamp outside the tolerance: " +
				"1h0m0s in the past, as if local time were taken for UTC; the body was not read",
		},
		{
			"empty", good,
			[]byte{},
			verify.Explanation{Findings: []verify.Finding{{Mistake: verify.MistakeBodyEmpty}}},
			"verify: linktree: X-Linktree-Signature: does not match; found: body empty (read before?); " +
				"no usual mistake explains the signature: another secret, or another body?",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := s.Explain(c.h, c.body, nil)
			if got.String() != c.text {
				t.Errorf("String: %s", got)
			}
			got.Err = nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExplainLog(t *testing.T) {
	p := presetNamed("linktree")
	e := p.scheme(t, p.new).Explain(p.header(p.new, now), []byte(testBody+"\n"), nil)
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("refused", "why", e)
	want := `"why":"verify: linktree: X-Linktree-Signature: does not match; found: body's end differs from what was signed: without the newline at its end; apart from that the signature is right"`
	if !strings.Contains(b.String(), want) {
		t.Errorf("log: %s", b.String())
	}
}

func TestMistakeString(t *testing.T) {
	seen := map[string]bool{}
	for m := verify.MistakeHeaderMissing; m <= verify.MistakeBodyPart; m++ {
		if s := m.String(); s == "unknown mistake" || seen[s] {
			t.Errorf("Mistake %d is called %q", m, s)
		}
		seen[m.String()] = true
	}
	for _, m := range []verify.Mistake{0, 255} {
		if m.String() != "unknown mistake" {
			t.Errorf("Mistake %d is called %q", m, m)
		}
	}
}
