// Package sanitize makes text and URLs that strangers have written fit to be
// shown: [Text] takes out what can't be seen but changes what a reader, or a
// program, makes of the text around it; [URL] lets only those URLs through that
// may stand in a link.
//
// Neither escapes anything: that is for html/template, or what else puts the
// result into its place. The package needs no configuration, and its functions
// are safe for concurrent use.
package sanitize
