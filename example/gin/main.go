// Gin is a program around gin that also receives Linktree's webhooks: natively,
// in a gin handler behind the layers, and by a ready receiver that is mounted.
//
//	LINKTREE_WEBHOOK_SECRET=… go run ./example/gin
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
