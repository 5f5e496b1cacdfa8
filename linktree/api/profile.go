package api

import (
	"context"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A Profile is a creator's public profile, and how old it is. Its texts are the
// creator's own: clean them before they are shown.
type Profile struct {
	schema.Profile
	Freshness
}

// Health asks whether the API is up. It is never answered from memory.
func (c *Client) Health(ctx context.Context) (schema.Health, error) {
	var h schema.Health
	_, err := c.do(ctx, request{op: opHealth}, &h)
	return h, err
}

// Me returns whom the token belongs to. It is never answered from memory.
func (c *Client) Me(ctx context.Context) (schema.Account, error) {
	var a schema.Account
	_, err := c.do(ctx, request{op: opMe}, &a)
	if err == nil && a.ID == "" {
		err = lacks(opMe, "id")
	}
	return a, err
}

// Profile reads the profile of the token's account. While the provider fails
// it is what was last read; see [Freshness].
func (c *Client) Profile(ctx context.Context) (Profile, error) {
	var p Profile
	answer, err := c.do(ctx, request{op: opProfile}, &p.Profile)
	if err == nil && p.Username == "" {
		err = lacks(opProfile, "username")
	}
	if err != nil {
		return Profile{}, err
	}
	p.Freshness = answer.Freshness
	return p, nil
}
