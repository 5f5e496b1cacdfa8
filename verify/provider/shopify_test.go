package provider_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch/verify/provider"
)

func ExampleShopify() {
	scheme, _ := provider.Shopify("secret")
	env, err := scheme.Verify(context.Background(), http.Header{
		"X-Shopify-Hmac-Sha256": {"yCGX/RrK4fcuNtr3ztk5tQGsOBjcAzHpGLdMUrbV8yI="},
		"X-Shopify-Webhook-Id":  {"b1234"},
		"X-Shopify-Topic":       {"orders/create"},
	}, []byte("foo=anything"))
	fmt.Println(env, err)
	// Output: shopify orders/create b1234 <nil>
}
