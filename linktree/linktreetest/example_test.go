package linktreetest_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/hooklatch/hooklatch/dispatch"
	"github.com/hooklatch/hooklatch/idempotency/lru"
	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/middleware"
	"github.com/hooklatch/hooklatch/verify/provider"
)

// A creator's links are read by a client: here, by a plain one.
func ExampleProvider() {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()
	ada := fake.Creator("ada")
	ada.CreateLink("My shop", "https://shop.example")

	req, err := http.NewRequest("GET", srv.URL+"/links", nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ada.Token())
	resp, err := srv.Client().Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, resp.Header.Get("X-RateLimit-Remaining"), "left")
	fmt.Println(string(body))
	for _, r := range fake.Requests() {
		fmt.Println(r.Method, r.Path, r.Status)
	}
	// Output:
	// 200 OK 99 left
	// {"links":[{"link_id":"lnk_1","title":"My shop","url":"https://shop.example","position":0,"thumbnail_url":""}],"next_cursor":""}
	// GET /links 200
}

// A program subscribes to events, and gets them when something changes.
func ExampleProvider_webhooks() {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()
	ada := fake.Creator("ada")

	scheme, err := provider.Linktree(fake.Secret())
	if err != nil {
		log.Fatal(err)
	}
	mux := new(dispatch.Mux)
	mux.Handle(linktree.LinkCreated, dispatch.JSON(func(_ context.Context, e dispatch.Event[linktree.LinkCreatedData]) error {
		fmt.Printf("new: %q at %s\n", e.Data.Title, e.Data.URL)
		return nil
	}))
	program := httptest.NewServer(linktree.Receiver(middleware.NewEndpoint("linktree", nil), scheme, lru.New(nil), mux, nil))
	defer program.Close()

	post := func(path, body string) {
		req, err := http.NewRequest("POST", srv.URL+path, strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+ada.Token())
		req.Header.Set("Content-Type", "application/json")
		resp, err := srv.Client().Do(req)
		if err != nil {
			log.Fatal(err)
		}
		defer resp.Body.Close()
		fmt.Println(path, resp.Status)
	}
	post("/webhooks", `{"url":"`+program.URL+`","events":["link.created"]}`)
	post("/links", `{"title":"My shop","url":"https://shop.example"}`) // by an API call
	if err := fake.Wait(context.Background()); err != nil {
		log.Fatal(err)
	}
	ada.CreateLink("My blog", "https://blog.example") // as on the web site
	if err := fake.Wait(context.Background()); err != nil {
		log.Fatal(err)
	}
	for _, a := range fake.Attempts() {
		fmt.Println("delivery:", a.Type, a.Status)
	}
	// Unordered output:
	// /webhooks 201 Created
	// /links 201 Created
	// new: "My shop" at https://shop.example
	// new: "My blog" at https://blog.example
	// delivery: link.created 200
	// delivery: link.created 200
}

// Two answers fail, and it goes on.
func ExampleProvider_Fault() {
	fake := linktreetest.New(nil)
	defer fake.Close()
	srv := httptest.NewServer(fake)
	defer srv.Close()

	fake.Fault(linktreetest.Fault{Path: "/health", Times: 2, Status: 503, RetryAfter: 30 * time.Second})
	for range 3 {
		resp, err := srv.Client().Get(srv.URL + "/health")
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Printf("%d %q\n", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	// Output:
	// 503 "30"
	// 503 "30"
	// 200 ""
}
