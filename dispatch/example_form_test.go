package dispatch_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/dispatch"
)

// A Mux that reads Slack's interactions, which hold JSON in a field, and its slash
// commands, which are plain forms.
func ExampleMux_forms() {
	mux := &dispatch.Mux{WholeBody: true, FormPayload: "payload", FormType: "command"}
	mux.Handle("block_actions", dispatch.JSON(func(_ context.Context, e dispatch.Event[map[string]any]) error {
		fmt.Println(e.Type, e.Data["trigger_id"])
		return nil
	}))
	mux.Handle("/weather", dispatch.JSON(func(_ context.Context, e dispatch.Event[struct{ Text string }]) error {
		fmt.Println(e.Type, e.Data.Text)
		return nil
	}))
	for _, body := range []string{
		`payload=%7B%22type%22%3A%22block_actions%22%2C%22trigger_id%22%3A%221.2%22%7D`,
		`command=%2Fweather&text=94070`,
	} {
		err := mux.HandleDelivery(context.Background(), &hooklatch.Delivery{
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
			Body:   []byte(body),
		})
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// block_actions 1.2
	// /weather 94070
}
