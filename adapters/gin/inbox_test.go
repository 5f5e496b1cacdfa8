package hookgin_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch/adapters/adaptertest"
)

// TestInbox: an endpoint with an inbox needs no adapter.
func TestInbox(t *testing.T) {
	adaptertest.RunInbox(t, func(h http.Handler) http.Handler {
		r := gin.New()
		r.Use(gin.Recovery())
		r.Any("/webhooks", gin.WrapH(h))
		return r
	})
}
