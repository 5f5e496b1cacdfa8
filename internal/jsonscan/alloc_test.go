package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hooklatch/hooklatch/internal/jsonscan"
)

func envelope(data string) []byte {
	return fmt.Appendf(nil, `{"type":"link.created","data":%s,"timestamp":1714000000}`, data)
}

func link(i int) string {
	return fmt.Sprintf(`{"link_id":"lnk_%08d","title":"My newest song, out now","url":"https://example.com/releases/%d?utm_source=profile","position":%d,"active":true,"thumbnail_url":null}`, i, i, i)
}

func links(n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = link(i)
	}
	return "[" + strings.Join(s, ",") + "]"
}

var bodies = []struct {
	name string
	body []byte
}{
	{"small", envelope(link(1))},
	{"1KiB", envelope(links(6))},
	{"64KiB", envelope(links(400))},
	{"text", envelope(`"` + strings.Repeat("plain words of a long description. ", 2000) + `"`)},
	{"japanese", envelope(`"` + strings.Repeat("新しい曲が出ました。", 2000) + `"`)},
}

func TestMembersAllocs(t *testing.T) {
	values := make([][]byte, 2)
	for _, bb := range bodies {
		if n := testing.AllocsPerRun(100, func() {
			if err := jsonscan.Members(bb.body, names, values); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", bb.name, n)
		}
	}
	raw := []byte(`"link.created"`)
	if n := testing.AllocsPerRun(100, func() { jsonscan.Unquote(raw) }); n != 0 {
		t.Errorf("Unquote: %v allocations, want 0", n)
	}
}

func BenchmarkMembers(b *testing.B) {
	values := make([][]byte, 2)
	for _, bb := range bodies {
		b.Run(bb.name+"/members", func(b *testing.B) {
			b.SetBytes(int64(len(bb.body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := jsonscan.Members(bb.body, names, values); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(bb.name+"/json.Valid", func(b *testing.B) {
			b.SetBytes(int64(len(bb.body)))
			for b.Loop() {
				if !json.Valid(bb.body) {
					b.Fatal("invalid")
				}
			}
		})
	}
}

// The cost of many members is linear: all of them distinct, all of one length.
func BenchmarkMembersMany(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		var buf bytes.Buffer
		for i := range n {
			fmt.Fprintf(&buf, `,"m%07d":1`, i)
		}
		buf.Bytes()[0] = '{'
		buf.WriteByte('}')
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(buf.Len()))
			for b.Loop() {
				if err := jsonscan.Members(buf.Bytes(), nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
