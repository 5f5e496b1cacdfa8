package check_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
	"github.com/hooklatch/hooklatch/transport"
)

// What a program prints, and exits with, that is run before a release or every
// few minutes.
func ExampleRun() {
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	defer fake.Close()
	server := httptest.NewServer(fake)
	defer server.Close()
	client, err := api.New(transport.StaticToken(fake.Creator("ada").Token()), &api.Options{
		BaseURL: server.URL, InsecureDevelopment: true, // the fake's
		WebhookURL: receiver.URL,
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := client.EnsureWebhook(ctx, "", []string{linktree.LinkCreated}); err != nil {
		log.Fatal(err)
	}
	fake.Fault(linktreetest.Fault{NoRateLimit: true})

	report := check.Run(ctx, client, &check.Options{
		Events:  []string{linktree.LinkCreated, linktree.LinkDeleted},
		RootCAs: receiver.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs,
	})
	// A program does it by fmt.Print(report): the details are worth reading.
	for _, item := range report.Items {
		fmt.Println(item.Status, item.Name)
	}
	fmt.Println("exit code", report.ExitCode())
	// Output:
	// pass health
	// pass auth
	// warn headroom
	// pass webhook
	// pass links
	// fail subscription
	// pass clock
	// exit code 2
}

// A program that runs watches itself, and says that it is not ready when
// something does not work.
func ExampleWatch() {
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	defer fake.Close()
	server := httptest.NewServer(fake)
	defer server.Close()
	client, err := api.New(transport.StaticToken(fake.Creator("ada").Token()), &api.Options{
		BaseURL: server.URL, InsecureDevelopment: true, // the fake's
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	err = check.Watch(ctx, client, time.Minute, nil, func(_, now *check.Report) {
		fmt.Println("ready:", now.Status() != check.Fail)
		stop() // a program goes on
	})
	fmt.Println(err)
	// Output:
	// ready: true
	// context canceled
}
