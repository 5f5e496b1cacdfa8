package verify_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/verify"
)

// Sign makes exactly what the provider would.
func TestSign(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new, p.old)
		for _, at := range []time.Time{{}, now.Add(-time.Minute).Add(999 * time.Millisecond)} {
			got := http.Header{p.signature: {"old", "older"}, "Unrelated": {"x"}}
			env := verify.Envelope{ID: "id-1", Type: "some.type", Time: at, Provider: "ignored", KeyID: "2"}
			if err := s.Sign(got, env, []byte(testBody)); err != nil {
				t.Fatal(err)
			}
			signed := at
			if at.IsZero() {
				signed = now
			}
			want := p.header(p.new, signed)
			want.Set("Unrelated", "x")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Sign (-want +got):\n%s", diff)
			}
			if _, err := s.Verify(t.Context(), got, []byte(testBody)); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSignLeavesNothingBehind(t *testing.T) {
	p := presetNamed("github")
	s := p.scheme(t, p.new)
	h := p.header(p.new, now)
	if err := s.Sign(h, verify.Envelope{}, []byte(testBody)); err != nil {
		t.Fatal(err)
	}
	if len(h) != 1 {
		t.Errorf("headers of an earlier request remain: %v", h)
	}
}

func TestSignRefuses(t *testing.T) {
	standard, github, linktree := presetNamed("standard-webhooks"), presetNamed("github"), presetNamed("linktree")
	for name, c := range map[string]struct {
		p   *preset
		key string
		env verify.Envelope
	}{
		"no id":            {standard, standard.new, verify.Envelope{}},
		"id with a stop":   {standard, standard.new, verify.Envelope{ID: "a.b"}},
		"id with newline":  {linktree, linktree.new, verify.Envelope{ID: "a\r\nX: y"}},
		"id with space":    {linktree, linktree.new, verify.Envelope{ID: " a"}},
		"id not ASCII":     {linktree, linktree.new, verify.Envelope{ID: "é"}},
		"type":             {github, github.new, verify.Envelope{Type: "a\n"}},
		"before 1970":      {linktree, linktree.new, verify.Envelope{Time: time.Unix(-1, 0)}},
		"after 9999":       {linktree, linktree.new, verify.Envelope{Time: time.Unix(253402300800, 0)}},
		"public key alone": {standard, publicKey, verify.Envelope{ID: "a"}},
	} {
		h := http.Header{}
		err := c.p.scheme(t, c.key).Sign(h, c.env, nil)
		if err == nil || len(h) > 0 {
			t.Errorf("%s: %v, set %v", name, err, h)
		}
		if c.key == publicKey && !errors.Is(err, verify.ErrNoSecret) {
			t.Errorf("%s: %v, want ErrNoSecret", name, err)
		}
	}

	// The first key that can sign, not the first.
	s := standard.scheme(t, publicKey, standard.new)
	h := http.Header{}
	if err := s.Sign(h, verify.Envelope{ID: "id-1"}, []byte(testBody)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(standard.header(standard.new, now), h); diff != "" {
		t.Error(diff)
	}
}
