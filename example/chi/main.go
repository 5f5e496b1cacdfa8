// Chi is a program around chi that also receives Linktree's webhooks: in a
// handler of its own behind the layers, and by a ready receiver, for several
// tenants with a secret each, that is mounted.
//
//	LINKTREE_WEBHOOK_SECRET=… go run ./example/chi
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/hooklatch/hooklatch/verify/provider"
)

func main() {
	scheme, err := provider.Linktree(os.Getenv("LINKTREE_WEBHOOK_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", newApp(scheme, new(catalog), os.Stdout)))
}
