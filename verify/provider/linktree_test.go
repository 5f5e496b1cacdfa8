package provider_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/verify/provider"
)

func ExampleLinktree() {
	scheme, err := provider.Linktree("my webhook secret") // from the environment, say
	if err != nil {
		fmt.Println(err)
		return
	}
	scheme.Now = clock // the example's; leave it out

	header := http.Header{}
	header.Set("X-Linktree-Timestamp", "1700000000")
	header.Set("X-Linktree-Delivery-Id", "dlv_1")
	header.Set("X-Linktree-Signature", "237b031748e93b156cfe9eb060ea7278f583a25d1fae52e9fd811c0d8a96de5f")
	body := []byte(`{"type":"link.created","data":{},"timestamp":"2023-11-14T22:13:20Z"}`)

	env, err := scheme.Verify(context.Background(), header, body)
	fmt.Println(env, err)

	_, err = scheme.Verify(context.Background(), header, append(body, '\n'))
	fmt.Println(err)
	// Output:
	// linktree dlv_1 <nil>
	// verify: linktree: X-Linktree-Signature: does not match
}
