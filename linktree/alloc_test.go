package linktree_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/hooklatch/hooklatch/idempotency/memory"
	"github.com/hooklatch/hooklatch/linktree"
)

// raceEnabled: under the race detector a sync.Pool drops items at random, and
// allocations can't be counted.
func raceEnabled() bool {
	info, _ := debug.ReadBuildInfo()
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// allocs serves h on a socket and returns how many allocations the whole
// process makes for a delivery. Each is another, and the client makes none.
func allocs(t *testing.T, h http.Handler, d *deliveries) float64 {
	t.Helper()
	const warm, counted = 200, 400 // after the first, the store is full
	var wire [warm + counted][]byte
	for i := range wire {
		r := d.next(t)
		var b bytes.Buffer
		fmt.Fprintf(&b, "POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: %d\r\n", r.ContentLength)
		r.Header.Write(&b)
		io.WriteString(&b, "\r\n")
		_, _ = io.Copy(&b, r.Body) // both are in memory
		wire[i] = b.Bytes()
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	send := func(requests [][]byte) {
		for _, r := range requests {
			if _, err := conn.Write(r); err != nil {
				t.Fatal(err)
			}
			status, err := in.ReadSlice('\n')
			if err != nil || !bytes.Contains(status, []byte(" 200 ")) {
				t.Fatalf("answer %q, error %v", status, err)
			}
			for len(bytes.TrimSpace(status)) > 0 {
				if status, err = in.ReadSlice('\n'); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := in.Discard(len(`{"received":true}`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(wire[:warm])
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	send(wire[warm:])
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / counted
}

// unmarshals returns how many allocations encoding/json makes for the data of a
// delivery. Each is another, as in allocs: from Go 1.27 on, encoding/json makes
// a short string once and shares it between the values that it decodes, which
// makes deliveries that repeat their data cheaper than those that don't.
func unmarshals(t *testing.T, d *deliveries) float64 {
	t.Helper()
	const warm, counted = 200, 400
	var data [warm + counted]json.RawMessage
	for i := range data {
		var event struct{ Data json.RawMessage }
		if err := json.NewDecoder(d.next(t).Body).Decode(&event); err != nil {
			t.Fatal(err)
		}
		data[i] = event.Data
	}
	decode := func(data []json.RawMessage) {
		for _, text := range data {
			if err := json.Unmarshal(text, new(linktree.LinkCreatedData)); err != nil {
				t.Fatal(err)
			}
		}
	}
	decode(data[:warm])
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	decode(data[warm:])
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / counted
}

// TestAllocs: the layers cost no allocation above a handler that reads the body
// and gives the same answer, and typed decoding those of one Unmarshal: 8 on Go
// 1.26, and 2 or 3 on Go 1.27, where encoding/json runs on its version 2.
func TestAllocs(t *testing.T) {
	if raceEnabled() {
		t.Skip("the race detector changes what is allocated")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
	for _, size := range []int{200, 1024, 16 << 10} {
		t.Run(fmt.Sprintf("size=%d", size), func(t *testing.T) {
			got := make(map[string]float64)
			for _, v := range []string{"bare", "layers", "typed"} {
				scheme, hs := handlers(t, memory.New(&memory.Options{Capacity: 64}))
				got[v] = allocs(t, hs[v], &deliveries{scheme: scheme, size: size})
			}
			scheme, _ := handlers(t, memory.New(nil))
			unmarshal := unmarshals(t, &deliveries{scheme: scheme, size: size})
			t.Logf("allocations: %v; one Unmarshal %v", got, unmarshal)
			const grace = 0.5 // for what the runtime and goroutines of other tests add
			if got["layers"] > got["bare"]+grace {
				t.Errorf("the layers allocate %v times, a bare handler %v", got["layers"], got["bare"])
			}
			if got["typed"] > got["layers"]+unmarshal+grace {
				t.Errorf("with decoding %v times, %v without and %v to unmarshal", got["typed"], got["layers"], unmarshal)
			}
		})
	}
}
