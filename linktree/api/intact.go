package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"github.com/hooklatch/hooklatch/transport"
)

// reads are the operations whose answers are JSON objects. What [Client.Do] reads
// can be anything.
var reads = []string{OpHealth, OpMe, OpProfile, OpLinks, OpAnalytics, OpWebhooks}

// intact is the layer below Stale that makes an error of an answer to a read
// that is no JSON, such as the page of a proxy or of a provider under
// maintenance that comes with status 200: it must not take the place of the
// answer that is kept, which stands in for it.
func (c *Client) intact(next http.RoundTripper) http.RoundTripper {
	return transport.Func(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || r.Method != http.MethodGet || resp.StatusCode != http.StatusOK || !slices.Contains(reads, transport.CallFrom(r.Context()).Operation) {
			return resp, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxAnswer+1))
		if err != nil {
			return nil, err
		}
		if err := decode(body, new(json.RawMessage)); err != nil {
			return nil, refusal(transport.CallFrom(r.Context()).Operation, resp, nil, err)
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	})
}
