// Command server runs one of package bench's receivers, for the commands load and
// attack. It prints its address when it is ready.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/bench"
)

func main() {
	v := flag.String("v", string(bench.Typed), fmt.Sprintf("the receiver: one of %v", bench.Receivers))
	flag.Parse()
	h, err := bench.Receiver(*v).Handler(0)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(l.Addr())
	// Longer than an attack takes to build up: connections must not time out
	// before they are counted.
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	log.Fatal(server.Serve(l))
}
