package api

import (
	"iter"
)

const (
	// maxCursor is the longest cursor that is sent back, in bytes: it goes
	// into a URL.
	maxCursor = 2048

	// maxEmpty is how many empty pages in a row still count as progress.
	maxEmpty = 100
)

// pages returns the items of all pages, read one at a time as they are wanted,
// and no more pages than most.
func pages[T any](op operation, most int, read func(cursor string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		seen := map[string]bool{"": true}
		for cursor, empty, n := "", 0, 1; ; empty, n = empty+1, n+1 {
			items, next, err := read(cursor)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				empty = 0
				if !yield(item, nil) {
					return
				}
			}
			switch {
			case next == "":
				return
			case seen[next] || empty >= maxEmpty || n >= most:
				yield(none, &Error{Op: op.name, Err: ErrEndlessList})
				return
			case len(next) > maxCursor:
				yield(none, &Error{Op: op.name, Err: malformed("a cursor of %d bytes", len(next))})
				return
			}
			seen[next] = true
			cursor = next
		}
	}
}

// unset returns an empty list to decode a page's items into. A page without
// the member would otherwise look like the end of an empty list, and a program
// that mirrors it would delete what it has.
func unset[T any]() []T { return make([]T, 0, 1) }

// isUnset tells whether the list is as unset has made it, or the member was null,
// which is no list either: package json replaces it by one without capacity if
// the member is an empty array.
func isUnset[T any](list []T) bool { return list == nil || len(list) == 0 && cap(list) == 1 }
