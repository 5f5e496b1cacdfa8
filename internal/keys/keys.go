// Package keys has the context keys that more than one package looks up. A
// layer whose own context carries a value answers to its key without a copy of
// the context.
package keys

// Delivery is the key of a *hooklatch.Delivery.
type Delivery struct{}

// Reporter is the key of a hooklatch.Reporter.
type Reporter struct{}
