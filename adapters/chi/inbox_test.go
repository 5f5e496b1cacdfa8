package hookchi_test

import (
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
)

// TestInbox: an endpoint with an inbox needs no adapter.
func TestInbox(t *testing.T) {
	adaptertest.RunInbox(t, func(h http.Handler) http.Handler {
		r := chi.NewRouter()
		r.Use(chimiddleware.Recoverer)
		r.Handle("/webhooks", h)
		return r
	})
}
