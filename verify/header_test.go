package verify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func TestVerifyTolerance(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		if !p.signsTime() {
			s := p.scheme(t, p.new)
			s.Tolerance = -1 // not used
			if _, err := s.Verify(t.Context(), p.header(p.new, now.Add(-1e6*time.Hour)), []byte(testBody)); err != nil {
				t.Error(err)
			}
			return
		}
		for _, tolerance := range []time.Duration{0, time.Second, time.Hour} {
			s := p.scheme(t, p.new)
			s.Tolerance = tolerance
			limit := tolerance
			if tolerance == 0 {
				limit = 5 * time.Minute
			}
			header := p.timestamp
			if header == "" {
				header = p.signature
			}
			for _, sign := range []time.Duration{1, -1} {
				if _, err := s.Verify(t.Context(), p.header(p.new, now.Add(sign*limit)), []byte(testBody)); err != nil {
					t.Errorf("at %v of %v: %v", sign*limit, limit, err)
				}
				refused(t, s, p.header(p.new, now.Add(sign*(limit+time.Second))), testBody, header, verify.ErrExpired, true)
			}
			refused(t, s, p.header(p.new, time.Unix(0, 0)), testBody, header, verify.ErrExpired, true)
			refused(t, s, p.header(p.new, time.Unix(253402300799, 0)), testBody, header, verify.ErrExpired, true)
			refused(t, s, p.header(p.new, time.Unix(253402300800, 0)), testBody, header, verify.ErrMalformed, true)
		}
	})
}

func TestVerifyNegativeTolerancePanics(t *testing.T) {
	p := presetNamed("linktree")
	s := p.scheme(t, p.new)
	s.Tolerance = -time.Second
	for name, f := range map[string]func(){
		"Verify":      func() { _, _ = s.Verify(t.Context(), p.header(p.new, now), []byte(testBody)) },
		"CheckHeader": func() { _ = s.CheckHeader(p.header(p.new, now)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}

func TestVerifyTimestampMalformed(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		if p.timestamp == "" {
			return
		}
		s := p.scheme(t, p.new)
		for _, text := range []string{
			" ", "-1", "+1700000000", " 1700000000", "1700000000 ", "1_700_000_000", "1700000000.0", "0x6553f100", "1.7e9",
			"１７００００００００", "1700000000\x00", "now", "1700000000000", "9223372036854775807", "9223372036854775808",
			"18446744073709551616", "00000000001700000000", strings.Repeat("9", 5000),
		} {
			h := p.header(p.new, now)
			h[p.timestamp] = []string{text}
			refused(t, s, h, testBody, p.timestamp, verify.ErrMalformed, true)
		}
	})
}

// What is wrong is reported in a fixed order, whatever else is wrong.
func TestVerifyOrder(t *testing.T) {
	p := presetNamed("linktree")
	s := p.scheme(t, p.new)
	h := http.Header{
		p.signature: {"zz", "zz"},
		p.id:        {"1", "2"},
	}
	steps := []struct {
		header string
		why    error
		set    map[string][]string
	}{
		{p.timestamp, verify.ErrMissing, map[string][]string{p.timestamp: {"x", "y"}}},
		{p.signature, verify.ErrMalformed, map[string][]string{p.signature: {"zz"}}},
		{p.timestamp, verify.ErrMalformed, map[string][]string{p.timestamp: {"x"}}},
		{p.id, verify.ErrMalformed, map[string][]string{p.id: {"1"}}},
		{p.signature, verify.ErrMalformed, map[string][]string{p.signature: {strings.Repeat("00", 32)}}},
		{p.timestamp, verify.ErrMalformed, map[string][]string{p.timestamp: {"1"}}},
		{p.timestamp, verify.ErrExpired, map[string][]string{p.timestamp: {unix(now)}}},
		{p.signature, verify.ErrMismatch, nil},
	}
	for i, step := range steps {
		refused(t, s, h, testBody, step.header, step.why, i < len(steps)-1)
		for name, values := range step.set {
			h[name] = values
		}
	}
}
