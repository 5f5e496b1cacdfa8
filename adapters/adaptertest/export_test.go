package adaptertest

import "slices"

// TryOf is Try for the behaviours of the names.
func TryOf(build Framework, names ...string) []Result {
	var results []Result
	for _, b := range behaviours() {
		if slices.Contains(names, b.name) {
			results = append(results, b.try(build))
		}
	}
	return results
}
