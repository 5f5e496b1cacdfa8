package verify_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hooklatch/hooklatch/verify"
)

// refused checks that Verify fails for this reason and in this header and, if
// byHeader, that CheckHeader says the same.
func refused(t *testing.T, s *verify.Scheme, h http.Header, body string, header string, why error, byHeader bool) {
	t.Helper()
	env, err := s.Verify(t.Context(), h, []byte(body))
	if diff := cmp.Diff(verify.Envelope{}, env); diff != "" {
		t.Errorf("refused with an Envelope (-want +got):\n%s", diff)
	}
	var e *verify.Error
	if !errors.As(err, &e) {
		t.Fatalf("Verify = %v, want an *Error", err)
	}
	if want := (verify.Error{Scheme: s.Name(), Header: header, Err: why}); *e != want {
		t.Errorf("Verify = %v, want %v", e, &want)
	}
	err = s.CheckHeader(h)
	if byHeader && !errors.Is(err, why) || !byHeader && err != nil {
		t.Errorf("CheckHeader = %v; Verify = %v", err, e)
	}
}

func TestVerify(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new)
		h := p.header(p.new, now)
		before := h.Clone()
		if err := s.CheckHeader(h); err != nil {
			t.Error(err)
		}
		env, err := s.Verify(t.Context(), h, []byte(testBody))
		if err != nil {
			t.Fatal(err)
		}
		if (env.ContentDigest != [32]byte{}) != p.hasDigest {
			t.Errorf("ContentDigest = %x, want one: %v", env.ContentDigest, p.hasDigest)
		}
		want := verify.Envelope{Provider: s.Name(), ID: p.wantID, Type: p.wantType, KeyID: "1", ContentDigest: env.ContentDigest}
		if p.signsTime() {
			want.Time, want.Tolerance = now, 5*time.Minute
		}
		if diff := cmp.Diff(want, env); diff != "" {
			t.Errorf("Envelope (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, h); diff != "" {
			t.Errorf("Verify changed the header:\n%s", diff)
		}
	})
}

func TestVerifyWrong(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new)
		t.Run("secret", func(t *testing.T) {
			refused(t, s, p.header(p.old, now), testBody, p.signature, verify.ErrMismatch, false)
		})
		for i := 0; i < len(testBody); i += 7 {
			b := []byte(testBody)
			b[i] ^= 1
			refused(t, s, p.header(p.new, now), string(b), p.signature, verify.ErrMismatch, false)
		}
		t.Run("body end", func(t *testing.T) {
			refused(t, s, p.header(p.new, now), testBody+"\n", p.signature, verify.ErrMismatch, false)
			refused(t, s, p.header(p.new, now), testBody[:len(testBody)-1], p.signature, verify.ErrMismatch, false)
			refused(t, s, p.header(p.new, now), "", p.signature, verify.ErrMismatch, false)
		})
		if p.timestamp != "" {
			t.Run("timestamp", func(t *testing.T) {
				h := p.header(p.new, now)
				h.Set(p.timestamp, unix(now.Add(time.Second)))
				refused(t, s, h, testBody, p.signature, verify.ErrMismatch, false)
				h.Set(p.timestamp, "0"+unix(now)) // the same time, but not the bytes that were signed
				refused(t, s, h, testBody, p.signature, verify.ErrMismatch, false)
			})
		}
		if strings.HasPrefix(p.name, "standard") {
			t.Run("id", func(t *testing.T) {
				h := p.header(p.new, now)
				h.Set(p.id, "id-2")
				refused(t, s, h, testBody, p.signature, verify.ErrMismatch, false)
			})
		}
	})
}

// Every byte of the signature counts.
func TestVerifySignatureBytes(t *testing.T) {
	for _, name := range []string{"linktree", "stripe", "github", "slack"} {
		p := presetNamed(name)
		s := p.scheme(t, p.new)
		good := p.header(p.new, now).Get(p.signature)
		for i := len(good) - 64; i < len(good); i++ {
			wrong := []byte(good)
			wrong[i] = "0123456789abcdef"[(strings.IndexByte("0123456789abcdef", good[i])+1)%16]
			h := p.header(p.new, now)
			h.Set(p.signature, string(wrong))
			refused(t, s, h, testBody, p.signature, verify.ErrMismatch, false)
		}
	}
}

func TestVerifyMissing(t *testing.T) {
	forEachPreset(t, func(t *testing.T, p *preset) {
		s := p.scheme(t, p.new)
		required := []string{p.signature}
		if p.timestamp != "" {
			required = append(required, p.timestamp)
		}
		if strings.HasPrefix(p.name, "standard") {
			required = append(required, p.id)
		}
		for _, name := range required {
			for what, values := range map[string][]string{"absent": nil, "no values": {}, "empty": {""}} {
				t.Run(name+" "+what, func(t *testing.T) {
					h := p.header(p.new, now)
					h[name] = values
					if values == nil {
						delete(h, name)
					}
					refused(t, s, h, testBody, name, verify.ErrMissing, true)
				})
			}
		}
		t.Run("unsigned", func(t *testing.T) {
			refused(t, s, http.Header{}, testBody, p.signature, verify.ErrMissing, true)
			refused(t, s, nil, testBody, p.signature, verify.ErrMissing, true)
		})
		t.Run("unsigned id", func(t *testing.T) {
			if p.id == "" || strings.HasPrefix(p.name, "standard") {
				return
			}
			h := p.header(p.new, now)
			h.Del(p.id)
			env, err := s.Verify(t.Context(), h, []byte(testBody))
			if err != nil || env.ID != "" {
				t.Errorf("Verify = %v, %v; want no error and no ID", env, err)
			}
		})
	})
}

func TestVerifyUpperCase(t *testing.T) {
	for _, name := range []string{"linktree", "github", "slack", "stripe"} {
		p := presetNamed(name)
		s := p.scheme(t, p.new)
		h := p.header(p.new, now)
		value := h.Get(p.signature)
		i := strings.LastIndex(value, "=") + 1
		h.Set(p.signature, value[:i]+strings.ToUpper(value[i:]))
		if h.Get(p.signature) == value {
			t.Fatal("no letters in the signature")
		}
		if _, err := s.Verify(t.Context(), h, []byte(testBody)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyNonCanonicalHeader(t *testing.T) {
	p := presetNamed("linktree")
	s := p.scheme(t, p.new)
	h := http.Header{}
	for name, values := range p.header(p.new, now) {
		h[strings.ToLower(name)] = values
	}
	refused(t, s, h, testBody, p.signature, verify.ErrMissing, true)
}

func TestZeroScheme(t *testing.T) {
	var s verify.Scheme
	if _, err := s.Verify(t.Context(), http.Header{}, nil); !errors.Is(err, verify.ErrNoSecret) {
		t.Errorf("Verify = %v", err)
	}
	if err := s.CheckHeader(http.Header{}); !errors.Is(err, verify.ErrNoSecret) {
		t.Errorf("CheckHeader = %v", err)
	}
	if err := s.Sign(http.Header{}, verify.Envelope{}, nil); !errors.Is(err, verify.ErrNoSecret) {
		t.Errorf("Sign = %v", err)
	}
	if e := s.Explain(http.Header{}, nil, nil); !errors.Is(e.Err, verify.ErrNoSecret) || e.Matched {
		t.Errorf("Explain = %v", e)
	}
}
