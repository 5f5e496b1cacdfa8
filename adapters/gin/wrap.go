package hookgin

import (
	"errors"
	"net/http"
	"reflect"

	"github.com/gin-gonic/gin"

	"github.com/hooklatch/hooklatch/adapters/bridge"
)

// A wrap is what Wrap returns the method of.
type wrap struct {
	b    *bridge.Bridge
	code uintptr // of serve as a function, the same for all
}

func newWrap(b *bridge.Bridge) gin.HandlerFunc {
	w := &wrap{b: b}
	serve := w.serve
	w.code = reflect.ValueOf(serve).Pointer()
	return serve
}

func (w *wrap) serve(c *gin.Context) {
	if w.isAtEnd(c) {
		c.Set(begunKey{}, c.GetInt(begunKey{})+1)
	}
	n := &native{c: c, wrap: w, status: http.StatusInternalServerError, before: c.Writer.Status()}
	called, err := w.b.Serve(outer{c.Writer}, request(c), n)
	switch {
	case !called:
		c.Set(answeredKey{}, true)
		c.Abort()
	case err != nil && !c.Writer.Written():
		c.Status(n.status)
	}
}

var errNoHandler = errors.New("hookgin: no handler follows Wrap in gin's chain")

// begunKey counts the wraps of a chain that have begun, if the last handler of the
// chain is one.
type begunKey struct{}

// isAtEnd tells whether the chain's last handler is one that Wrap or Handler has
// returned: w or another.
func (w *wrap) isAtEnd(c *gin.Context) bool {
	last := c.Handler()
	return last != nil && reflect.ValueOf(last).Pointer() == w.code
}

// isLast tells whether no handler follows w: the chain has run to its end, which is
// a wrap, and none has begun since begun was counted.
func (w *wrap) isLast(c *gin.Context, begun int) bool {
	return !c.IsAborted() && w.isAtEnd(c) && c.GetInt(begunKey{}) == begun
}
