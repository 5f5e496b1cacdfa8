package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/hooklatch/hooklatch/bench"
)

// probe returns an error unless the server takes a genuine delivery and, if it
// verifies, refuses a tampered one: what does not verify must not be compared
// with what does. It takes the next delivery of the stream.
func probe(addr string, verifies bool, stream *bench.Stream) error {
	request := bytes.Clone(stream.Wire())
	refused := http.StatusOK
	if verifies {
		refused = http.StatusForbidden
	}
	tampered := bytes.Clone(request)
	tampered[len(tampered)-5] ^= 1
	for _, c := range []struct {
		what    string
		request []byte
		status  int
	}{{"tampered", tampered, refused}, {"genuine", request, http.StatusOK}} {
		status, err := post(addr, c.request)
		if err != nil {
			return err
		}
		if status != c.status {
			return fmt.Errorf("a delivery that is %s was answered with %d, not %d", c.what, status, c.status)
		}
	}
	return nil
}

// post sends a request and returns the status of the answer.
func post(addr string, request []byte) (int, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return 0, err
	}
	if _, err := conn.Write(request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
