// Package interop proves that the presets of package verify agree with the
// providers' own Go libraries: what one signs the other verifies, and both
// refuse the same requests. It consists of tests only; it is a module of its
// own, so that nobody else depends on those libraries.
package interop
