package handshake

import (
	"net/http"
	"net/url"
)

const maxQuery = 4 << 10

// A query is the parameters of a GET request.
type query url.Values

// queryOf returns the query of a GET request. ok is false for other requests,
// HEAD among them, and for queries that can't be a handshake's.
func queryOf(r *http.Request) (q query, ok bool) {
	if r.Method != http.MethodGet || r.URL.RawQuery == "" || len(r.URL.RawQuery) > maxQuery {
		return nil, false
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	return query(values), err == nil
}

// get returns a parameter and how often it came.
func (q query) get(name string) (value string, n int) {
	values := q[name]
	if len(values) == 0 {
		return "", 0
	}
	return values[0], len(values)
}
