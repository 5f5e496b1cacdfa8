package api

import (
	"errors"
	"net/url"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A mode is what a client is for.
type mode int

const (
	production mode = iota
	sandbox
	development
)

func (o *Options) mode() mode {
	switch {
	case o.InsecureDevelopment:
		return development
	case o.Sandbox:
		return sandbox
	}
	return production
}

// checkMode finds out whether the base URL is that of another mode: a program
// under test must not write to real profiles, and one in production must not
// write to a sandbox's.
func (o *Options) checkMode() error {
	u, err := url.Parse(o.BaseURL)
	if err != nil {
		return nil // and that is told elsewhere
	}
	host, real := strings.ToLower(u.Hostname()), o.BaseURL == schema.BaseURL
	switch m := o.mode(); {
	case o.InsecureDevelopment && o.Sandbox:
		return errors.New("InsecureDevelopment and Sandbox exclude each other")
	case m == development && real:
		return errors.New("BaseURL is that of production, and InsecureDevelopment is set")
	case m == sandbox && real:
		return errors.New("BaseURL is that of production, and Sandbox is set: set the sandbox's")
	case m == sandbox && hasWord(host, productionWords):
		return errors.New("BaseURL looks like that of production, and Sandbox is set")
	case m == production && hasWord(host, sandboxWords):
		return errors.New("BaseURL looks like that of a sandbox (Sandbox permits those)")
	}
	return nil
}
