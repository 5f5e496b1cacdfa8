package api

import (
	"context"
	"iter"
	"net/url"
	"strconv"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A LinksPage is one page of links, and how old it is. An empty NextCursor ends
// the list.
type LinksPage struct {
	schema.LinksPage
	Freshness
}

// LinksPage reads one page: the first if the cursor is empty, else the one that
// the NextCursor of another leads to. It has at most limit links; 0 leaves it to
// the provider how many. While the provider fails it is what was last read; see
// [Freshness].
func (c *Client) LinksPage(ctx context.Context, cursor string, limit int) (LinksPage, error) {
	if limit < 0 || len(cursor) > maxCursor {
		return LinksPage{}, invalid(opLinks, "the limit is negative or the cursor is longer than %d bytes", maxCursor)
	}
	query := url.Values{}
	if cursor != "" {
		query.Set(schema.QueryCursor, cursor)
	}
	if limit > 0 {
		query.Set(schema.QueryLimit, strconv.Itoa(limit))
	}
	page := LinksPage{LinksPage: schema.LinksPage{Links: unset[schema.Link]()}}
	answer, err := c.do(ctx, request{op: opLinks, query: query}, &page.LinksPage)
	if err == nil && isUnset(page.Links) {
		err = lacks(opLinks, "links")
	}
	for _, link := range page.Links {
		if err == nil && link.ID == "" {
			err = lacks(opLinks, "link_id")
		}
	}
	if err != nil {
		return LinksPage{}, err
	}
	page.Freshness = answer.Freshness
	return page, nil
}

// Links returns all links, reading page after page as they are wanted. An error
// is the last thing it yields; [ErrEndlessList] is the one for a list that leads
// back into itself, on and on through empty pages, or over Options.MaxPages.
// Each range over it reads anew.
//
// The links are those of several moments, if links change in between. While the
// provider fails they may be old, and nothing in them says so: never delete by
// them. For links that must be the provider's present ones pass it a context of
// [Fresh]. The context's deadline is for all pages together; without one a
// failing provider can take minutes.
func (c *Client) Links(ctx context.Context) iter.Seq2[schema.Link, error] {
	return pages(opLinks, c.opts.MaxPages, func(cursor string) ([]schema.Link, string, error) {
		page, err := c.LinksPage(ctx, cursor, 0)
		return page.Links, page.NextCursor, err
	})
}

// CreateLink makes a link; the input needs Title and URL. Where the provider
// answers without the link, the result has the input's members, and the ID if
// the answer's Location leads to it.
//
// It is not sent again after a failure that leaves open whether it has taken
// effect, for then there could be two links, unless it has a key; see
// [CallOptions]. The error is [ErrOutcomeUnknown] then.
func (c *Client) CreateLink(ctx context.Context, in schema.LinkInput) (schema.Link, error) {
	if in.Title == nil || in.URL == nil {
		return schema.Link{}, invalid(opCreateLink, "a new link needs a title and a URL")
	}
	return c.link(ctx, request{op: opCreateLink, in: in}, linkOf("", in))
}

// UpdateLink changes those members of a link that are not nil in the input. Where
// the provider answers without the link, the result has the ID and the input's
// members only.
func (c *Client) UpdateLink(ctx context.Context, id string, in schema.LinkInput) (schema.Link, error) {
	return c.link(ctx, request{op: opUpdateLink, id: id, in: in}, linkOf(id, in))
}

// DeleteLink removes a link. [ErrNotFound] says that it is not there, which can
// be this call's own doing: a first attempt whose answer was lost.
func (c *Client) DeleteLink(ctx context.Context, id string) error {
	_, err := c.do(ctx, request{op: opDeleteLink, id: id}, nil)
	return err
}

// link sends a request whose answer is a link, or nothing: then it is what was
// asked for.
func (c *Client) link(ctx context.Context, r request, asked schema.Link) (schema.Link, error) {
	var link schema.Link
	answer, err := c.do(ctx, r, &link)
	if err == nil && answer.empty() {
		link = asked
		if link.ID == "" {
			link.ID = answer.created()
		}
	} else if err == nil && link.ID == "" {
		err = lacks(r.op, "link_id")
	}
	if err != nil {
		return schema.Link{}, err
	}
	return link, nil
}

// linkOf returns what the input says of a link.
func linkOf(id string, in schema.LinkInput) schema.Link {
	link := schema.Link{ID: id}
	for _, m := range [...]struct{ to, from *string }{{&link.Title, in.Title}, {&link.URL, in.URL}, {&link.ThumbnailURL, in.ThumbnailURL}} {
		if m.from != nil {
			*m.to = *m.from
		}
	}
	if in.Position != nil {
		link.Position = *in.Position
	}
	return link
}
