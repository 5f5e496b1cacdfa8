package hookchi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
	hookchi "github.com/hooklatch/hooklatch/adapters/chi"
	"github.com/hooklatch/hooklatch/hooktest"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

var created = hooktest.NewEvent(linktree.LinkCreated, map[string]any{"link_id": "lnk_1", "title": "Shop"})

// forTenants are layers that find the secret by the tenant in the path.
func forTenants(scheme *verify.Scheme) chi.Middlewares {
	hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	return chi.Middlewares{
		hook.Capture(0, nil),
		hook.VerifyFor(hookchi.URLParam("tenant"), func(context.Context, string) (verify.Verifier, error) { return scheme, nil }),
		hook.Once(lru.New(nil), nil),
	}
}

// TestWhereParametersAre: the parameter is there under With, Group and Route,
// and not under Use, where nothing gets in.
func TestWhereParametersAre(t *testing.T) {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	layers := forTenants(scheme)
	ok := func(http.ResponseWriter, *http.Request) {}
	for name, tt := range map[string]struct {
		mount func(r *chi.Mux)
		want  int
	}{
		"With":  {func(r *chi.Mux) { r.With(layers...).Post("/hooks/{tenant}", ok) }, 200},
		"Group": {func(r *chi.Mux) { r.Group(func(r chi.Router) { r.Use(layers...); r.Post("/hooks/{tenant}", ok) }) }, 200},
		"Route": {func(r *chi.Mux) {
			r.Route("/hooks/{tenant}", func(r chi.Router) { r.Use(layers...); r.Post("/", ok) })
		}, 200},
		"Use": {func(r *chi.Mux) { r.Use(layers...); r.Post("/hooks/{tenant}", ok) }, 403},
	} {
		t.Run(name, func(t *testing.T) {
			r := chi.NewRouter()
			tt.mount(r)
			w := httptest.NewRecorder()
			event := created
			event.ID = "evt-" + name // one store for all
			event.Body = []byte(`{"type":"` + name + `"}`)
			r.ServeHTTP(w, hooktest.NewRequest(t, "/hooks/acme", scheme, event))
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
		})
	}
}

// TestRecovererOfUpgrades: chi's Recoverer writes nothing where the request asks
// for an upgrade of the connection.
func TestRecovererOfUpgrades(t *testing.T) {
	scheme, err := provider.Linktree("secret")
	if err != nil {
		t.Fatal(err)
	}
	hook := middleware.NewEndpoint("test", &middleware.EndpointOptions{Logger: slog.New(slog.DiscardHandler)})
	r := chi.NewRouter()
	r.Use(chimiddleware.Recoverer)
	r.With(hook.Layers(scheme, lru.New(nil), nil)).HandleFunc("/", func(http.ResponseWriter, *http.Request) { panic("no") })
	w := httptest.NewRecorder()
	req := hooktest.NewRequest(t, "/", scheme, created)
	req.Header.Set("Connection", "Upgrade")
	r.ServeHTTP(w, req)
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", w.Code)
	}
}

func TestSnippets(t *testing.T) { adaptertest.Snippets(t) }
