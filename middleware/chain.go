package middleware

import (
	"fmt"
	"net/http"
)

// Chain makes one layer of several: the first is the outermost and sees the
// request first. Chain() is the layer that does nothing. It panics if a layer
// is nil.
func Chain(layers ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	for i, layer := range layers {
		if layer == nil {
			panic(fmt.Sprintf("middleware: Chain: layer %d is nil", i+1))
		}
	}
	return func(h http.Handler) http.Handler {
		for i := len(layers) - 1; i >= 0; i-- {
			h = layers[i](h)
		}
		return h
	}
}
