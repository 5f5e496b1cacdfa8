package provider_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func ExampleSlack() {
	scheme, _ := provider.Slack("my signing secret")
	scheme.Now = clock
	body := []byte(`{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}`)
	header := http.Header{}
	if err := scheme.Sign(header, verify.Envelope{}, body); err != nil {
		fmt.Println(err)
	}
	env, err := scheme.Verify(context.Background(), header, body)
	fmt.Println(env, err)
	// Output: slack app_mention Ev1 <nil>
}
