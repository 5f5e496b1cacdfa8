package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hooklatch/hooklatch/verify"
)

// A sender sends signed deliveries over HTTP.
type sender struct {
	url    string
	scheme *verify.Scheme
}

func newSecret() string { return rand.Text() }

// event makes a body as Linktree does.
func event(typ string, data any) []byte {
	body, err := json.Marshal(map[string]any{
		"type": typ, "data": data, "timestamp": time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil {
		panic(err) // the quickstart's own data
	}
	return body
}

// deliver signs the body for a time, lets change spoil the request if it is
// not nil, sends it, and returns the answer.
func (s *sender) deliver(ctx context.Context, id string, at time.Time, body []byte, change func(*http.Request)) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if err := s.scheme.Sign(req.Header, verify.Envelope{ID: id, Time: at}, body); err != nil {
		return "", err
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }() // only read
	answer, err := io.ReadAll(resp.Body)
	return fmt.Sprintf("%d %s", resp.StatusCode, answer), err
}

// together sends n copies at once and returns how often each answer came.
func (s *sender) together(ctx context.Context, n int, id string, body []byte) ([]string, error) {
	answers, errs := make([]string, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i], errs[i] = s.deliver(ctx, id, time.Now(), body, nil) })
	}
	wg.Wait()
	counts := make(map[string]int)
	for i, a := range answers {
		if errs[i] != nil {
			return nil, errs[i]
		}
		counts[a]++
	}
	var lines []string
	for a, times := range counts {
		lines = append(lines, fmt.Sprintf("%d× %s", times, a))
	}
	slices.Sort(lines)
	return lines, nil
}
