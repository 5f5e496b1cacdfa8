package hookechov4_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
)

// TestInbox: an endpoint with an inbox needs no adapter.
func TestInbox(t *testing.T) {
	adaptertest.RunInbox(t, func(h http.Handler) http.Handler {
		e := echo.New()
		e.Use(echomiddleware.Recover())
		e.Any("/webhooks", echo.WrapHandler(h))
		return e
	})
}
