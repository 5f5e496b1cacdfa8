package endpointtest

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A sender is a kind of provider, by where the delivery id is.
type sender struct {
	name   string
	scheme *verify.Scheme
	id     func(*hooklatch.Delivery) string // OnceOptions.ID; nil: the scheme finds it
	replay func(*http.Request)              // changes the id; nil: it is signed
}

const secret = "whsec_bG9uZyBlbm91Z2ggZm9yIGV2ZXJ5IHNjaGVtZSBvZiB0aGVt"

func senders() []sender {
	must := func(s *verify.Scheme, err error) *verify.Scheme {
		if err != nil {
			panic("endpointtest: " + err.Error())
		}
		return s
	}
	header := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, r.Header.Get(name)+"-replayed") }
	}
	return []sender{
		{"id in an unsigned header", must(provider.Linktree(secret)), nil, header("X-Linktree-Delivery-Id")},
		{"id in a signed header", must(provider.StandardWebhooks(secret)), nil, nil},
		{"id in a header, no time", must(provider.GitHub(secret)), nil, nil},
		{"id in the body", must(provider.Stripe(secret)), nil, nil},
		{"id of the program's own", must(provider.Linktree(secret)), func(d *hooklatch.Delivery) string { return "own-" + d.ID }, header("X-Linktree-Delivery-Id")},
	}
}

// request signs a delivery of that id, and returns what makes a request of it as
// often as it is sent: the same bytes each time.
func (c *check) request(id string) func() *http.Request {
	id += "-" + c.salt
	body := []byte(`{"id":"` + id + `","type":"invoice.paid"}`)
	header := make(http.Header)
	if err := c.scheme.Sign(header, verify.Envelope{ID: id, Type: "invoice.paid", Time: time.Now()}, body); err != nil {
		panic("endpointtest: " + err.Error())
	}
	return func() *http.Request {
		r, err := http.NewRequest(http.MethodPost, "/webhooks", io.NopCloser(bytes.NewReader(body)))
		if err != nil {
			panic("endpointtest: " + err.Error())
		}
		r.Header, r.ContentLength = header.Clone(), int64(len(body))
		return r
	}
}

var silent = slog.New(slog.DiscardHandler)

// A recorder is a ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (w *recorder) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

func (w *recorder) WriteHeader(status int) { w.status = status }

func (w *recorder) Write(p []byte) (int, error) {
	w.body = append(w.body, p...)
	return len(p), nil
}
