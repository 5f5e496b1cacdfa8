package main

import (
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
	"github.com/hooklatch/hooklatch/sanitize"
)

// clean makes what a creator has typed fit to be kept and shown: a title of one
// line without hidden characters, and URLs that do no harm when they are
// followed; those that might are left out. It is not escaped: html/template
// does that.
func clean(link schema.Link) schema.Link {
	link.Title = strings.Join(strings.Fields(sanitize.Text(link.Title)), " ")
	link.URL = safe(link.URL)
	link.ThumbnailURL = safe(link.ThumbnailURL)
	if !strings.HasPrefix(link.ThumbnailURL, "http") { // mailto is no picture
		link.ThumbnailURL = ""
	}
	return link
}

func safe(url string) string {
	if url, err := sanitize.URL(url); err == nil {
		return url
	}
	return ""
}
