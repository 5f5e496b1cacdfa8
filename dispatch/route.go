package dispatch

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A route is what is registered for one pattern: handlers, or an HTTP handler.
type route struct {
	pattern   string
	steps     []step
	http      http.Handler
	wantsData bool
}

// A step is one handler, and the same as a dataHandler if it is one.
type step struct {
	h    Handler
	data dataHandler
}

func newStep(h Handler) step {
	data, _ := h.(dataHandler)
	return step{h, data}
}

// match returns the route for an event type, nil if there is none.
func (m *Mux) match(typ string) *route {
	if rt := m.exact[typ]; rt != nil {
		return rt
	}
	for _, n := range m.lengths {
		if n > len(typ) {
			continue
		}
		if rt := m.prefix[typ[:n]]; rt != nil {
			return rt
		}
	}
	return nil
}

// register adds a route, and panics if it can't be.
func (m *Mux) register(rt *route) {
	if err := checkPattern(rt.pattern); err != nil {
		panic(fmt.Sprintf("dispatch: pattern %q: %v", rt.pattern, err))
	}
	prefix, wild := strings.CutSuffix(rt.pattern, "*")
	if m.exact == nil {
		m.exact, m.prefix = make(map[string]*route), make(map[string]*route)
	}
	routes := m.exact
	if wild {
		routes = m.prefix
	}
	if routes[prefix] != nil {
		panic(fmt.Sprintf("dispatch: pattern %q: registered twice", rt.pattern))
	}
	routes[prefix] = rt
	if wild && !slices.Contains(m.lengths, len(prefix)) {
		m.lengths = append(m.lengths, len(prefix))
		slices.SortFunc(m.lengths, func(a, b int) int { return b - a })
	}
}

func checkPattern(p string) error {
	switch i := strings.IndexByte(p, '*'); {
	case p == "":
		return errEmpty
	case p == "*":
		return errors.New("matches everything: set Mux.Fallback instead")
	case i >= 0 && i < len(p)-1:
		return errors.New("an asterisk may only be its end")
	}
	return nil
}
