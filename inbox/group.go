package inbox

import (
	"regexp"
	"time"
)

// A Group is the records of one endpoint and type whose last errors have the
// same [Fault].
type Group struct {
	Endpoint, Type, Fault string
	Count                 int
	First, Last           time.Time // when the first and the last of them were stored
}

// Filter returns the filter that matches the group's records, in the states that
// f names.
func (g Group) Filter(f Filter) Filter {
	f.Endpoint, f.Type, f.Fault = g.Endpoint, g.Type, g.Fault
	return f
}

const mostFault = 200 // bytes

var varying = regexp.MustCompile(`"[^"]*"|'[^']*'|\b[0-9a-fA-F]{8,}\b|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|[A-Za-z]*_?[0-9][0-9A-Za-z._:]*`)

// Fault returns what an error's text has in common with those of the same bug:
// without what is quoted, numbers, and words with digits in them, and no longer
// than 200 bytes. Each is replaced by a #.
func Fault(text string) string {
	if len(text) > 4*mostFault {
		text = text[:4*mostFault]
	}
	text = varying.ReplaceAllString(text, "#")
	if len(text) > mostFault {
		text = text[:mostFault]
	}
	return text
}
