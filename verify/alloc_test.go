package verify_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	forEachPreset(t, func(t *testing.T, p *preset) {
		if p.name == "standard-webhooks-ed25519" {
			return // needs the message in one piece
		}
		s := p.scheme(t, p.new, p.old)
		body := []byte(testBody)
		ctx := context.Background()
		check := func(name string, h http.Header, ok bool, want float64) {
			t.Helper()
			if _, err := s.Verify(ctx, h, body); (err == nil) != ok {
				t.Fatalf("%s: Verify = %v", name, err)
			}
			got := testing.AllocsPerRun(200, func() { _, _ = s.Verify(ctx, h, body) })
			if got > want {
				t.Errorf("%s: Verify allocates %v times, want %v", name, got, want)
			}
			if got := testing.AllocsPerRun(200, func() { _ = s.CheckHeader(h) }); got > 0 {
				t.Errorf("%s: CheckHeader allocates %v times", name, got)
			}
		}
		var strings float64 // the id and the type
		if p.name == "stripe" || p.name == "slack" {
			strings = 2
		}
		good := p.header(p.new, now)
		check("genuine", good, true, strings)
		check("older secret", p.header(p.old, now), true, strings)
		check("unsigned", http.Header{}, false, 0)
		check("mismatch", p.header("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx", now), false, 0)
		malformed := good.Clone()
		malformed.Set(p.signature, "x")
		check("malformed", malformed, false, 0)
		if p.signsTime() {
			check("expired", p.header(p.new, now.Add(-time.Hour)), false, 0)
		}
	})
}

// The ContentDigest of a list costs no memory either.
func TestAllocsContentDigestOfList(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	s, err := verify.New(verify.Spec{
		Name:      "acme",
		Headers:   verify.Headers{Signature: "Sig", Timestamp: "Time", ID: "Id"},
		Signed:    "{timestamp}.{body}",
		Separator: ",",
	}, "s")
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return now }
	h := http.Header{}
	if err := s.Sign(h, verify.Envelope{ID: "x"}, []byte(testBody)); err != nil {
		t.Fatal(err)
	}
	ctx, body := context.Background(), []byte(testBody)
	if got := testing.AllocsPerRun(200, func() { _, _ = s.Verify(ctx, h, body) }); got > 0 {
		t.Errorf("Verify allocates %v times", got)
	}
}
