package provider_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/verify/provider"
)

func ExampleGitHub() {
	scheme, _ := provider.GitHub("It's a Secret to Everybody")
	env, err := scheme.Verify(context.Background(), http.Header{
		"X-Hub-Signature-256": {"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
		"X-Github-Delivery":   {"72d3162e-cc78-11e3-81ab-4c9367dc0958"},
		"X-Github-Event":      {"ping"},
	}, []byte("Hello, World!"))
	fmt.Println(env, err)
	// Output: github ping 72d3162e-cc78-11e3-81ab-4c9367dc0958 <nil>
}
