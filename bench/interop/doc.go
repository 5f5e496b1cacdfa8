// Package interop proves that the presets agree with the providers' own Go
// libraries: each verifies what the other signs, and both refuse the same
// requests. It has tests only.
package interop
