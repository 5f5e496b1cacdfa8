package bench_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/bench"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A signer signs bodies that a stream does not make.
type signer struct{ t testing.TB }

func (s *signer) request(body []byte, at time.Time) *http.Request {
	s.t.Helper()
	scheme, err := provider.Linktree(bench.Secret)
	if err != nil {
		s.t.Fatal(err)
	}
	h := http.Header{}
	if err := scheme.Sign(h, verify.Envelope{ID: "evt_1", Time: at}, body); err != nil {
		s.t.Fatal(err)
	}
	return &http.Request{
		Method: http.MethodPost, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
	}
}
