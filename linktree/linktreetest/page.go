package linktreetest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/hooklatch/hooklatch/linktree/schema"
)

// page returns the part of a list that a request asks for, and the cursor to
// the next; empty if it is the last.
func page[T any](p *Provider, x *exchange, items []T, id func(T) string) (part []T, next string, err *schema.Error) {
	q := x.URL.Query()
	limit := min(defaultPage, p.opts.MaxPage)
	if text := q.Get(schema.QueryLimit); text != "" {
		n, parseErr := strconv.Atoi(text)
		if parseErr != nil || n < 1 {
			return nil, "", invalid("the limit is not a number from 1")
		}
		limit = min(n, p.opts.MaxPage)
	}
	start, cursor := 0, q.Get(schema.QueryCursor)
	if cursor != "" {
		offset, last, ok := parseCursor(cursor)
		if !ok {
			return nil, "", &schema.Error{Code: "invalid_cursor", Message: "the cursor is none of ours"}
		}
		start = after(items, offset, last, id)
	}
	end := min(start+limit, len(items))
	if end < len(items) {
		next = formatCursor(end, id(items[end-1]))
	}
	if x.fault.RepeatCursor {
		if next = cursor; next == "" {
			next = formatCursor(0, "")
		}
	}
	return append([]T{}, items[start:end]...), next, nil // [] in JSON, if there is none
}

// after returns where a list goes on after its item last, which was followed by
// that at offset. If it is gone, what followed it is now in its place. If it was
// moved, the list goes on behind it, as with any cursor that names an item.
func after[T any](items []T, offset int, last string, id func(T) string) int {
	if offset == 0 {
		return 0
	}
	if i := slices.IndexFunc(items, func(item T) bool { return id(item) == last }); i >= 0 {
		return i + 1
	}
	return min(offset-1, len(items))
}

// A cursor is opaque to clients: they can't make one.
var cursorEncoding = base64.RawURLEncoding

func formatCursor(offset int, last string) string {
	return cursorEncoding.EncodeToString([]byte(strconv.Itoa(offset) + ":" + last))
}

func parseCursor(cursor string) (offset int, last string, ok bool) {
	text, err := cursorEncoding.DecodeString(cursor)
	if err != nil {
		return 0, "", false
	}
	before, last, found := strings.Cut(string(text), ":")
	offset, err = strconv.Atoi(before)
	return offset, last, found && err == nil && offset >= 0
}
