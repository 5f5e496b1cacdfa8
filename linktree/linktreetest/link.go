package linktreetest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

func (p *Provider) listLinks(x *exchange) answer {
	part, next, err := page(p, x, x.token.creator.Links(), func(l schema.Link) string { return l.ID })
	if err != nil {
		return refused(http.StatusBadRequest, err)
	}
	return done(http.StatusOK, schema.LinksPage{Links: part, NextCursor: next})
}

func (p *Provider) createLink(x *exchange) answer {
	var in schema.LinkInput
	if a, ok := decode(x.body, &in); !ok {
		return a
	}
	if in.Title == nil || in.URL == nil {
		return failed(http.StatusUnprocessableEntity, codeInvalid, "a new link needs a title and a url")
	}
	if err := checkLink(in); err != nil {
		return refused(http.StatusUnprocessableEntity, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return done(http.StatusCreated, x.token.creator.insert(in))
}

func (p *Provider) updateLink(x *exchange) answer {
	var in schema.LinkInput
	if a, ok := decode(x.body, &in); !ok {
		return a
	}
	link, status, err := p.change(x.token.creator, x.pathID, in)
	if err != nil {
		return refused(status, err)
	}
	return done(status, link)
}

// change updates a link if it may be.
func (p *Provider) change(c *Creator, id string, in schema.LinkInput) (*schema.Link, int, *schema.Error) {
	if err := checkLink(in); err != nil {
		return nil, http.StatusUnprocessableEntity, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	link, ok := c.update(id, in)
	if !ok {
		return nil, http.StatusNotFound, noSuch("link")
	}
	return &link, http.StatusOK, nil
}

// updateLinks does what it can: one bad item does not fail the others.
func (p *Provider) updateLinks(x *exchange) answer {
	var in schema.BulkRequest
	if a, ok := decode(x.body, &in); !ok {
		return a
	}
	if n := len(in.Links); n == 0 || n > schema.MaxBulk {
		return failed(http.StatusUnprocessableEntity, codeInvalid, "%d links, not 1 to %d", n, schema.MaxBulk)
	}
	results := make([]schema.BulkResult, len(in.Links))
	for i, item := range in.Links {
		link, _, err := p.change(x.token.creator, item.ID, item.LinkInput)
		results[i] = schema.BulkResult{ID: item.ID, Link: link, Error: err}
	}
	return done(http.StatusOK, schema.BulkResponse{Results: results})
}

func (p *Provider) deleteLink(x *exchange) answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !x.token.creator.remove(x.pathID) {
		return refused(http.StatusNotFound, noSuch("link"))
	}
	return done(http.StatusNoContent, nil)
}

// checkLink refuses what no link can have.
func checkLink(in schema.LinkInput) *schema.Error {
	switch {
	case in.Title != nil && strings.TrimSpace(*in.Title) == "":
		return invalid("the title is empty")
	case in.URL != nil && !isAbsolute(*in.URL):
		return invalid("the url is not an absolute one")
	case in.ThumbnailURL != nil && *in.ThumbnailURL != "" && !isAbsolute(*in.ThumbnailURL):
		return invalid("the thumbnail_url is not an absolute one")
	case in.Position != nil && *in.Position < 0:
		return invalid("the position is negative")
	}
	return nil
}

func isAbsolute(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.IsAbs()
}

func invalid(message string) *schema.Error {
	return &schema.Error{Code: codeInvalid, Message: message}
}

func noSuch(what string) *schema.Error {
	return &schema.Error{Code: codeNotFound, Message: "there is no such " + what}
}
