package hookechov4_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	hookechov4 "github.com/hooklatch/hooklatch/adapters/echov4"
	"github.com/hooklatch/hooklatch/hooktest"
)

// TestInformationalIsNotFinal: a failure that follows an informational status sent
// through echo's Response is a failure.
func TestInformationalIsNotFinal(t *testing.T) {
	for name, tt := range map[string]struct {
		then   func(c echo.Context) error
		status int
	}{
		"JSON 500":      {func(c echo.Context) error { return c.JSON(http.StatusInternalServerError, "down") }, 500},
		"JSON 202":      {func(c echo.Context) error { return c.JSON(http.StatusAccepted, "ok") }, 202},
		"String 503":    {func(c echo.Context) error { return c.String(http.StatusServiceUnavailable, "down") }, 503},
		"String 200":    {func(c echo.Context) error { return c.String(http.StatusOK, "ok") }, 200},
		"redirect":      {func(c echo.Context) error { return c.Redirect(http.StatusFound, "/") }, 302},
		"http.Error":    {func(c echo.Context) error { http.Error(c.Response(), "down", http.StatusBadGateway); return nil }, 502},
		"error":         {func(echo.Context) error { return echo.NewHTTPError(http.StatusBadGateway, "down") }, 502},
		"plain error":   {func(echo.Context) error { return errors.New("down") }, 500},
		"NoContent 502": {func(c echo.Context) error { return c.NoContent(http.StatusBadGateway) }, 500},
		"NoContent, and a header": {func(c echo.Context) error {
			err := c.NoContent(http.StatusBadGateway)
			c.Response().Header().Set("X-After", "1")
			return err
		}, 500},
		"a bare body": {func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusBadGateway)
			_, err := c.Response().Write([]byte("down"))
			return err
		}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			scheme, layers, faults := layers(t)
			e, _ := logged()
			e.Any("/", func(c echo.Context) error {
				c.Response().WriteHeader(http.StatusEarlyHints)
				return tt.then(c)
			}, hookechov4.Wrap(layers...))
			if status := statusOf(t, e, hooktest.NewRequest(t, "/", scheme, created)); status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			completes, releases := faults.Calls(hooktest.Complete), faults.Calls(hooktest.Release)
			if success := tt.status < 300; success != (completes == 1) || success != (releases == 0) {
				t.Errorf("completed %d times, released %d times", completes, releases)
			}
		})
	}
}

// TestInformationalAround: an informational status from a middleware around the
// layers leaves their answer to come.
func TestInformationalAround(t *testing.T) {
	for name, h := range map[string]echo.HandlerFunc{
		"error":  func(echo.Context) error { return errHandler },
		"answer": func(c echo.Context) error { return c.String(http.StatusInternalServerError, "down") },
	} {
		scheme, layers, _ := layers(t)
		e, _ := logged()
		e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				c.Response().WriteHeader(http.StatusEarlyHints)
				return next(c)
			}
		})
		e.Any("/", h, hookechov4.Wrap(layers...))
		if status := statusOf(t, e, hooktest.NewRequest(t, "/", scheme, created)); status != http.StatusInternalServerError {
			t.Errorf("%s: status %d", name, status)
		}
	}
}

// statusOf sends a delivery to a server, as a recorder takes an informational status
// for the final one.
func statusOf(t *testing.T, h http.Handler, delivery *http.Request) int {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, delivery.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = delivery.Header
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }() // read to its end
	_, _ = io.Copy(io.Discard, res.Body)    // the status tells
	return res.StatusCode
}
