package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/hooklatch/hooklatch/linktree/api/internal/discreet"
	"github.com/hooklatch/hooklatch/linktree/schema"
)

// A LinkResult is what became of one update of [Client.UpdateLinks].
type LinkResult struct {
	ID   string      // of the update
	Link schema.Link // as it is now, if Err is nil
	Err  error       // an [*Error]; nil if the link was updated
}

// A BulkError says that some updates of a bulk update failed.
type BulkError struct {
	Failed, Total int
	First         error // of the first update that failed
}

// Error counts the failures and gives the first one's error.
func (e *BulkError) Error() string {
	return fmt.Sprintf("linktree: %d of %d links were not updated; the first: %v", e.Failed, e.Total, e.First)
}

// Unwrap returns the first failure.
func (e *BulkError) Unwrap() error { return e.First }

// UpdateLinks changes several links, with one request for each
// [schema.MaxBulk] of them, one after the other. It returns a result for each
// update, in their order, and a [*BulkError] if any of them failed. Where the
// provider has no such endpoint (404, 405 or 501) each link is updated by a
// request of its own, also in later calls.
//
// A request that fails is the failure of all updates in it, and the others go
// on. When no answer came, such as with [ErrTimeout], they may have taken effect
// nevertheless; to send an update again is harmless. An update without an id is
// [ErrInvalid] and not sent.
func (c *Client) UpdateLinks(ctx context.Context, updates []schema.LinkUpdate) ([]LinkResult, error) {
	results := make([]LinkResult, len(updates))
	var sent []int // indexes of updates
	for i, update := range updates {
		results[i].ID = update.ID
		if update.ID == "" {
			results[i].Err = invalid(opUpdateLinks, "an update without an id")
			continue
		}
		sent = append(sent, i)
	}
	for chunk := range slices.Chunk(sent, schema.MaxBulk) {
		c.updateChunk(ctx, chunk, updates, results)
	}
	failed := &BulkError{Total: len(results)}
	for _, r := range results {
		if r.Err == nil {
			continue
		}
		if failed.Failed++; failed.Failed == 1 {
			failed.First = r.Err
		}
	}
	if failed.Failed > 0 {
		return results, failed
	}
	return results, nil
}

// updateChunk sends the updates at the indexes in one request, and fills in
// their results.
func (c *Client) updateChunk(ctx context.Context, indexes []int, updates []schema.LinkUpdate, results []LinkResult) {
	if !c.noBulk.Load() {
		err := c.updateBulk(ctx, indexes, updates, results)
		if !isMissing(err) {
			return
		}
		c.noBulk.Store(true)
	}
	for _, i := range indexes {
		results[i].Link, results[i].Err = c.UpdateLink(ctx, updates[i].ID, updates[i].LinkInput)
	}
}

// isMissing tells whether an error says that the provider has no such endpoint.
// That a link is not there is said in the answer, not by its status.
func isMissing(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented
}

// updateBulk sends one request. Its error is in the results, too.
func (c *Client) updateBulk(ctx context.Context, indexes []int, updates []schema.LinkUpdate, results []LinkResult) error {
	var body schema.BulkRequest
	for _, i := range indexes {
		body.Links = append(body.Links, updates[i])
	}
	var said schema.BulkResponse
	answer, err := c.do(ctx, request{op: opUpdateLinks, in: body}, &said)

	// Results are told apart by their id, so that an answer in another order
	// is not taken for what it is not; those of one id come in order.
	byID := make(map[string][]schema.BulkResult, len(said.Results))
	for _, r := range said.Results {
		byID[r.ID] = append(byID[r.ID], r)
	}
	for _, i := range indexes {
		id := updates[i].ID
		switch of := byID[id]; {
		case err != nil:
			results[i].Err = err
		case answer.empty():
			results[i].Link = linkOf(id, updates[i].LinkInput)
		case len(of) == 0:
			results[i].Err = &Error{Op: OpUpdateLinks, Err: malformed("no result for the update")}
		default:
			results[i].Link, results[i].Err = bulkResult(of[0])
			byID[id] = of[1:]
		}
	}
	return err
}

// bulkResult reads one item of the answer.
func bulkResult(r schema.BulkResult) (schema.Link, error) {
	switch {
	case r.Error != nil:
		e := &Error{
			Op:      OpUpdateLinks,
			Code:    discreet.Word(r.Error.Code),
			Message: discreet.Line(r.Error.Message),
			Err:     ErrRefused,
		}
		if e.Code == schema.CodeNotFound {
			e.Err = ErrNotFound
		}
		return schema.Link{}, e
	case r.Link == nil || r.Link.ID == "":
		return schema.Link{}, &Error{Op: OpUpdateLinks, Err: malformed("a result without a link or an error")}
	}
	return *r.Link, nil
}
