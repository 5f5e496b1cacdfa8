package engine

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch"
	"github.com/hooklatch/hooklatch/idempotency"
)

// FuzzHeader: any header comes back as it was, and no bytes make the decoder
// panic.
func FuzzHeader(f *testing.F) {
	f.Add("Content-Type", "application/json", "X-A", "\xff\x00")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string) {
		want := http.Header{n1: {v1, v2}}
		want[n2] = append(want[n2], v1)
		got, err := decodeHeader(encodeHeader(want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q came back as %q, %v", want, got, err)
		}
		if h, err := decodeHeader([]byte(n1 + v1 + n2 + v2)); err == nil && h == nil {
			t.Error("no header and no error")
		}
	})
}

func TestPayloadIsBoundToItsKey(t *testing.T) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	ciphers := []cipher.AEAD{gcm}
	key := idempotency.Key{1}
	row, err := sealed(ciphers, key, []byte("head"), []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	data := row[3].([]byte)
	header, body, err := opened(ciphers, key, data)
	if err != nil || string(header) != "head" || string(body) != "body" {
		t.Errorf("opened: %q, %q, %v", header, body, err)
	}
	if _, _, err := opened(ciphers, idempotency.Key{2}, data); !errors.Is(err, errSealed) {
		t.Errorf("opened under another key: %v", err)
	}
	for i := range data {
		flipped := bytes.Clone(data)
		flipped[i] ^= 1
		if _, _, err := opened(ciphers, key, flipped); !errors.Is(err, errSealed) {
			t.Errorf("opened with byte %d flipped: %v", i, err)
		}
	}
	for n := range data {
		if _, _, err := opened(ciphers, key, data[:n]); !errors.Is(err, errSealed) {
			t.Errorf("opened of %d bytes: %v", n, err)
		}
	}
}

func TestQueuesOfDifferentEndpoints(t *testing.T) {
	seen := make(map[string]string)
	for _, name := range []string{"a", "A", "a.b", "a-b", "a_b", "~"} {
		q := queueOf(name)
		if other, ok := seen[q]; ok {
			t.Errorf("endpoints %q and %q share a queue", name, other)
		}
		seen[q] = name
		if len(q) > 64 {
			t.Errorf("River takes 64 characters, and %q has %d", q, len(q))
		}
	}
}

// TestEveryFieldIsKept: also those that a Delivery gets later.
func TestEveryFieldIsKept(t *testing.T) {
	var d hooklatch.Delivery
	fill(t, reflect.ValueOf(&d).Elem())
	d.Header, d.Body = nil, nil    // are kept beside it
	d.Attempt, d.Replay = 0, false // are of an attempt
	kept, err := encodeDelivery(&d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeDelivery(kept)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(*got, d) {
		t.Errorf("%+v came back as %+v", d, *got)
	}
}

// fill gives each field a value that is not zero.
func fill(t *testing.T, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		switch f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(time.Date(2026, 11, 29, 12, 0, 0, 7000, time.UTC)))
			continue
		case [32]byte:
			f.Set(reflect.ValueOf([32]byte{1, 2}))
			continue
		}
		switch f.Kind() {
		case reflect.Struct:
			fill(t, f)
		case reflect.String:
			f.SetString("a text")
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Map, reflect.Slice:
		default:
			t.Fatalf("no value for a field of type %v: say here which", f.Type())
		}
	}
}
