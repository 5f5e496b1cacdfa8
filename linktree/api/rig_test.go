package api_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/internal/rig"
)

const receiverURL = "https://app.hooklatch.org/webhooks/linktree"

var quiet = slog.New(slog.DiscardHandler)

// These stand for the rig's in this package's tests.
var (
	open       = rig.Open
	openBubble = rig.OpenBubble
	client     = rig.Client
)

// scripted returns a client of a server with the handler.
func scripted(t *testing.T, h http.HandlerFunc, o *api.Options) *api.Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return client(t, srv.URL, "tok_of_ada_8f3a91", o)
}

// says answers with the status and the body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func ptr[T any](v T) *T { return &v }
