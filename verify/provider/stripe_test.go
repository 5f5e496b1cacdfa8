package provider_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

func ExampleStripe() {
	scheme, _ := provider.Stripe("whsec_test")
	scheme.Now = clock
	body := []byte(`{"id":"evt_1","type":"charge.succeeded"}`)
	header := http.Header{}
	if err := scheme.Sign(header, verify.Envelope{}, body); err != nil {
		fmt.Println(err)
	}
	env, err := scheme.Verify(context.Background(), header, body)
	fmt.Println(env.ID, env.Type, err)
	// Output: evt_1 charge.succeeded <nil>
}
