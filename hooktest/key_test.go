package hooktest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"sync"
)

// p256Key returns the n-th private key of the tests, as package provider reads it.
func p256Key(n int) string {
	keys.Lock()
	defer keys.Unlock()
	for len(keys.made) <= n {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		b, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			panic(err)
		}
		keys.made = append(keys.made, "private:"+base64.StdEncoding.EncodeToString(b))
	}
	return keys.made[n]
}

var keys struct {
	sync.Mutex
	made []string
}
