package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A provider that configuration names.
func ExampleLookup() {
	info, ok := provider.Lookup("square")
	fmt.Println(info.Title, ok, info.NeedsURL())

	scheme, err := info.New("https://hooks.example.com/webhooks/square", "the signature key")
	fmt.Println(scheme, err)
	// Output:
	// Square true true
	// verify.Scheme(square) <nil>
}

// Ids must be remembered for longer than the provider retries.
func ExampleInfo_CheckRetention() {
	stripe, _ := provider.Lookup("stripe")
	fmt.Println(stripe.CheckRetention(96 * time.Hour))
	fmt.Println(stripe.CheckRetention(24 * time.Hour))
	// Output:
	// <nil>
	// provider: stripe retries for 72h0m0s, but ids are remembered for 24h0m0s only
}

// The URL is part of what Square signs. The layers hand it over by themselves.
func ExampleSquare() {
	scheme, err := provider.Square("https://webhook.site", "Ibxx_5AKakO-3qeNVR61Dw")
	if err != nil {
		fmt.Println(err)
		return
	}
	request := verify.Request{
		Method: http.MethodPost,
		Target: "/679a4f3a-dcfa-49ee-bac5-9d0edad886b9",
		Header: http.Header{"X-Square-Hmacsha256-Signature": {"GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="}},
	}
	body := []byte(`{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}`)
	env, err := scheme.VerifyRequest(context.Background(), request, body)
	fmt.Println(env, err)
	// Output: square webhooks.test_notification ac3ac95b-f97d-458c-a6e6-18981597e05f <nil>
}

// A token proves that the sender knows it, and nothing about the body.
func ExampleGitLab() {
	scheme, _ := provider.GitLab("the webhook's secret token")
	env, err := scheme.Verify(context.Background(), http.Header{
		"X-Gitlab-Token":  {"the webhook's secret token"},
		"X-Gitlab-Event":  {"Push Hook"},
		"Idempotency-Key": {"f5e5f430-f57b-4e6e-9fac-d9128cd7232f"},
	}, []byte(`{}`))
	fmt.Println(env, err)
	// Output: gitlab Push Hook f5e5f430-f57b-4e6e-9fac-d9128cd7232f <nil>
}

// TestLinktreeRetries: the row is the schedule of package linktree.
func TestLinktreeRetries(t *testing.T) {
	info, _ := provider.Lookup("linktree")
	if !slices.Equal(info.Retries.Waits, linktree.RetrySchedule()) {
		t.Errorf("the row has %v, package linktree %v", info.Retries.Waits, linktree.RetrySchedule())
	}
}
