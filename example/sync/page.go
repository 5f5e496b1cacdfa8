package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rs/cors"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A page is the table as browsers get it.
type page struct {
	AsOf  time.Time     `json:"as_of"` // when all of it was last compared
	Links []schema.Link `json:"links"`
}

// ServeHTTP answers with the table, once it has been filled.
func (t *table) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	links, asOf := t.links()
	if asOf.IsZero() {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "Not read yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = json.NewEncoder(w).Encode(page{asOf.UTC(), links})
}

// allow lets pages of the origins read what h answers to GET. Without origins
// no page may: package cors would allow all of them then.
func allow(origins []string, h http.Handler) (http.Handler, error) {
	var errs []error
	for _, origin := range origins {
		if err := checkOrigin(origin); err != nil {
			errs = append(errs, fmt.Errorf("origin %q: %w", origin, err))
		}
	}
	if len(origins) == 0 || len(errs) > 0 {
		return h, errors.Join(errs...)
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet},
		MaxAge:         600,
	}).Handler(h), nil
}

// checkOrigin refuses what is not exactly one origin, an asterisk above all.
func checkOrigin(origin string) error {
	if strings.Contains(origin, "*") {
		return errors.New("a wildcard: name each origin that may")
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || origin != u.Scheme+"://"+u.Host {
		return errors.New("not of the form https://host or https://host:port")
	}
	return nil
}
