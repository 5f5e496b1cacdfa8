// Package keys has the context keys that more than one package looks up.
package keys

// Delivery is the key of a *hooklatch.Delivery. A layer whose own context
// carries one answers to it without a copy of the context.
type Delivery struct{}
