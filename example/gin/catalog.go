package main

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hooklatch/hooklatch/linktree"
)

var (
	errNotFound = errors.New("no such link")
	errNoTitle  = errors.New("a link needs a title")
)

// A catalog is what the program is about: the links that it knows of.
type catalog struct {
	mu    sync.Mutex
	links map[string]linktree.LinkCreatedData
}

func (c *catalog) find(id string) (linktree.LinkCreatedData, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	link, ok := c.links[id]
	if !ok {
		return link, fmt.Errorf("%w: %s", errNotFound, id)
	}
	return link, nil
}

// add may be called again for the same link: a webhook's handler must be able
// to run again after it has failed.
func (c *catalog) add(link linktree.LinkCreatedData) error {
	if link.Title == "" {
		return errNoTitle
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.links == nil {
		c.links = make(map[string]linktree.LinkCreatedData)
	}
	c.links[link.LinkID] = link
	return nil
}

func (c *catalog) remove(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.links, id)
	return nil
}
