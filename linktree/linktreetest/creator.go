package linktreetest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A Creator has a profile on the fake Linktree. Its methods do
// what the creator would do on the web site: what changes is delivered to the
// creator's webhooks.
type Creator struct {
	p        *Provider
	account  string
	user     schema.Profile
	links    []schema.Link // without their Position, which is where they stand
	webhooks []*webhook
	counts   map[count]float64
}

// Creator returns the creator with that username, a new one if there is none.
// It panics if username is empty.
func (p *Provider) Creator(username string) *Creator {
	if username == "" {
		panic("linktreetest: Creator: empty username")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.creators[username]
	if c == nil {
		c = &Creator{
			p:       p,
			account: p.newID("acc"),
			user:    schema.Profile{Username: username},
			counts:  map[count]float64{},
		}
		p.creators[username] = c
	}
	return c
}

// Account returns whom the creator's tokens belong to.
func (c *Creator) Account() schema.Account {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	return schema.Account{ID: c.account, Username: c.user.Username}
}

// Profile returns the creator's profile.
func (c *Creator) Profile() schema.Profile {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	return c.user
}

// SetProfile changes the creator's profile, and username if it has one. It
// panics if the username is another creator's.
func (c *Creator) SetProfile(profile schema.Profile) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if profile.Username == "" {
		profile.Username = c.user.Username
	}
	if other := c.p.creators[profile.Username]; other != nil && other != c {
		panic(fmt.Sprintf("linktreetest: SetProfile: there is another creator %q", profile.Username))
	}
	delete(c.p.creators, c.user.Username)
	c.p.creators[profile.Username] = c
	c.user = profile
	c.emit(linktree.ProfileUpdated, linktree.ProfileUpdatedData(profile))
}

// Links returns the creator's links, in the profile's order.
func (c *Creator) Links() []schema.Link {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	return c.list()
}

// CreateLink adds a link at the end of the profile's list.
func (c *Creator) CreateLink(title, url string) schema.Link {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	return c.insert(schema.LinkInput{Title: &title, URL: &url})
}

// UpdateLink changes a link. A Position beyond the list's end is its end. The
// titles and URLs that the API would refuse are taken here. It panics if the
// creator has no such link.
func (c *Creator) UpdateLink(id string, in schema.LinkInput) schema.Link {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	link, ok := c.update(id, in)
	if !ok {
		panic(fmt.Sprintf("linktreetest: UpdateLink: there is no link %q", id))
	}
	return link
}

// DeleteLink removes a link. It panics if the creator has no such link.
func (c *Creator) DeleteLink(id string) {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	if !c.remove(id) {
		panic(fmt.Sprintf("linktreetest: DeleteLink: there is no link %q", id))
	}
}

// list returns the links with their positions. The lock is held, as in the
// following.
func (c *Creator) list() []schema.Link {
	links := slices.Clone(c.links)
	for i := range links {
		links[i].Position = i
	}
	return links
}

func (c *Creator) index(id string) int {
	return slices.IndexFunc(c.links, func(l schema.Link) bool { return l.ID == id })
}

func (c *Creator) insert(in schema.LinkInput) schema.Link {
	link := schema.Link{ID: c.p.newID("lnk"), Position: len(c.links)}
	link = c.place(link, in)
	c.emit(linktree.LinkCreated, linktree.LinkCreatedData{
		LinkID: link.ID, Title: link.Title, URL: link.URL, Position: link.Position,
	})
	return link
}

func (c *Creator) update(id string, in schema.LinkInput) (schema.Link, bool) {
	i := c.index(id)
	if i < 0 {
		return schema.Link{}, false
	}
	link := c.links[i]
	link.Position = i
	c.links = slices.Delete(c.links, i, i+1)
	link = c.place(link, in)
	c.emit(linktree.LinkUpdated, linktree.LinkUpdatedData{
		LinkID: link.ID, Title: link.Title, URL: link.URL, Position: link.Position, ThumbnailURL: link.ThumbnailURL,
	})
	return link, true
}

// place puts a link that is not in the list where it belongs.
func (c *Creator) place(link schema.Link, in schema.LinkInput) schema.Link {
	set(&link.Title, in.Title)
	set(&link.URL, in.URL)
	set(&link.Position, in.Position)
	set(&link.ThumbnailURL, in.ThumbnailURL)
	link.Position = min(max(link.Position, 0), len(c.links))
	c.links = slices.Insert(c.links, link.Position, link)
	return link
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

func (c *Creator) remove(id string) bool {
	i := c.index(id)
	if i < 0 {
		return false
	}
	c.links = slices.Delete(c.links, i, i+1)
	c.emit(linktree.LinkDeleted, linktree.LinkDeletedData{LinkID: id, DeletedAt: linktree.Time{Time: time.Now().UTC()}})
	return true
}

func (p *Provider) me(x *exchange) answer {
	return done(http.StatusOK, x.token.creator.Account())
}

func (p *Provider) profile(x *exchange) answer {
	return done(http.StatusOK, x.token.creator.Profile())
}
