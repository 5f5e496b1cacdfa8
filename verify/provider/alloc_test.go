package provider_test

import (
	"context"
	"testing"
)

// TestAllocs: an HMAC costs no memory; an id, a type and a time in the body cost
// their texts, and a digest its own.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what is allocated")
	}
	n := 0
	forEach(t, func(t *testing.T, s *sample) {
		spec := s.info.Spec
		if spec.Open != nil || spec.SpellURL != nil || spec.PublicKeyPrefix == "" && spec.ParseKey != nil {
			return // what they open, spell and check costs more
		}
		n++
		want := 0
		if len(spec.TypeMembers) > 0 {
			want++
		}
		if len(spec.IDMembers) > 0 {
			want++
		}
		if spec.DigestID && s.event.ID != "" && spec.Headers.ID == "" {
			want++
		}
		if spec.TimestampMember != "" {
			want++
		}
		if want > 0 {
			want += 3 * arrays(spec.IDMembers, spec.TypeMembers)
		}
		ctx := context.Background()
		if got := testing.AllocsPerRun(100, func() { _, _ = s.scheme.VerifyRequest(ctx, s.request, s.body) }); int(got) > want+joined(spec.IDMembers) {
			t.Errorf("VerifyRequest allocates %v times, want %d", got, want)
		}
		if got := testing.AllocsPerRun(100, func() { _ = s.scheme.CheckHeader(s.request.Header) }); got > 0 {
			t.Errorf("CheckHeader allocates %v times", got)
		}
	})
	if n < 70 {
		t.Errorf("only %d schemes were measured", n)
	}
}

// arrays counts the paths through arrays, for which there are lists.
func arrays(lists ...[]string) int {
	n := 0
	for _, paths := range lists {
		for _, path := range paths {
			for i := range len(path) - 1 {
				if path[i:i+2] == "[]" {
					n++
				}
			}
		}
	}
	return n
}

// joined counts what the parts of ids that are several members cost.
func joined(paths []string) int {
	n := 0
	for _, path := range paths {
		for _, c := range path {
			if c == '+' {
				n += 2
			}
		}
	}
	return n
}
