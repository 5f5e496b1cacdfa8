package bench_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/hooklatch/hooklatch/bench"
)

func TestBody(t *testing.T) {
	for _, shape := range []bench.Shape{bench.Members, bench.Text} {
		for size := bench.MinBody; size < 2000; size++ {
			a, b := bench.Body(1, size, shape), bench.Body(2, size, shape)
			if len(a) != size || !json.Valid(a) {
				t.Fatalf("%s: not JSON of %d bytes: %s", shape, size, a)
			}
			if string(a) == string(b) {
				t.Fatalf("%s, %d bytes: two events are the same", shape, size)
			}
		}
	}
}

func TestStreamIsDistinct(t *testing.T) {
	s, seen, size := bench.NewStream(200, bench.Members), map[string]bool{}, 0
	for i := range uint64(100) {
		h, body := s.Next()
		if want := bench.Body(2*i+1, 200, bench.Members); string(body) != string(want) {
			t.Errorf("body %s, want %s", body, want)
		}
		for _, name := range []string{"X-Linktree-Delivery-Id", "X-Linktree-Signature"} {
			if v := h.Get(name); v == "" || seen[v] {
				t.Errorf("%s: %q is empty or came before", name, v)
			}
			seen[h.Get(name)] = true
		}
		wire := s.Wire()
		if size == 0 {
			size = len(wire)
		}
		if len(wire) != size || seen[string(wire)] {
			t.Errorf("%d bytes on the wire, want %d that have not been sent before", len(wire), size)
		}
		seen[string(wire)] = true
	}
}

func ExampleBody() {
	fmt.Printf("%s\n", bench.Body(1, 250, bench.Members))
	// Output:
	// {"type":"link.created","data":{"link_id":"lnk_000000000001","title":"Summer sale","url":"https://shop.example","position":1,"past":[{"at":1700000000,"clicks":0,"source":"email","paid":false}],"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}}
}
