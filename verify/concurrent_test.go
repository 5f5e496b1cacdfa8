package verify_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/hooklatch/hooklatch/verify"
)

// Many goroutines with different bodies, secrets and outcomes share a Scheme,
// while its secrets change.
func TestConcurrent(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new, p.old)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				secret, keyID := p.new, "1"
				if i%2 == 1 {
					secret, keyID = p.old, "2"
				}
				body := testBody + string(rune('a'+i))
				h := http.Header{}
				p.sign(h, secret, "id-1", now, body)
				for range 100 {
					env, err := s.Verify(t.Context(), h, []byte(body))
					if err != nil || env.KeyID != keyID {
						t.Errorf("KeyID %q, %v; want %q", env.KeyID, err, keyID)
					}
					if _, err := s.Verify(t.Context(), h, []byte(testBody)); err == nil {
						t.Error("another body was accepted")
					}
					if err := s.CheckHeader(h); err != nil {
						t.Error(err)
					}
					signed := http.Header{}
					if err := s.Sign(signed, verify.Envelope{ID: "id-1", Type: "some.type"}, []byte(body)); err != nil {
						t.Error(err)
					}
				}
				s.Explain(h, []byte(body+"\n"), nil)
			})
		}
		wg.Wait()
	})
}
