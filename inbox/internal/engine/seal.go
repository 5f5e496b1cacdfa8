package engine

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"errors"

	"github.com/hooklatch/hooklatch/idempotency"
)

var errSealed = errors.New("none of the ciphers opens the payload")

// sealed returns the row of a payload. It is bound to its key: one record's
// payload can't be put in the place of another's.
func sealed(ciphers []cipher.AEAD, key idempotency.Key, header, body []byte) ([]any, error) {
	id := bytes.Clone(key[:])
	if len(ciphers) == 0 {
		return []any{id, int64(0), notNil(header), notNil(body)}, nil
	}
	c := ciphers[0]
	nonce := make([]byte, c.NonceSize(), c.NonceSize()+len(header)+len(body)+c.Overhead()+16)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	plain := append(appendString(nil, string(header)), body...)
	return []any{id, int64(1), []byte{}, c.Seal(nonce, nonce, plain, key[:])}, nil
}

// opened returns what was sealed, with the first cipher that opens it.
func opened(ciphers []cipher.AEAD, key idempotency.Key, data []byte) (header, body []byte, err error) {
	for _, c := range ciphers {
		n := c.NonceSize()
		if len(data) < n {
			continue
		}
		plain, err := c.Open(nil, data[:n], data[n:], key[:])
		if err != nil {
			continue
		}
		head, rest, ok := cutString(plain)
		if !ok {
			continue
		}
		return []byte(head), rest, nil
	}
	return nil, nil, errSealed
}
