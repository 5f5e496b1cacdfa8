package provider

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/hooklatch/hooklatch/verify"
)

// private marks a private key in the place of a public one: receivers have none,
// but tests sign with one.
const private = "private:"

// parseEd25519 returns a ParseKey for public keys that decode reads. After
// "private:" it reads a seed of RFC 8032 instead.
func parseEd25519(decode func(string) ([]byte, error)) func(string) (verify.Key, error) {
	return func(text string) (verify.Key, error) {
		encoded, isPrivate := strings.CutPrefix(text, private)
		b, err := decode(encoded)
		switch {
		case err != nil:
			return verify.Key{}, errors.New("the key can't be decoded") // the decoder's error quotes it
		case !isPrivate:
			return verify.Key{Public: ed25519.PublicKey(b)}, nil
		case len(b) != ed25519.SeedSize:
			return verify.Key{}, errors.New("a private key has 32 bytes")
		}
		return verify.Key{Private: ed25519.NewKeyFromSeed(b)}, nil
	}
}

// parseP256 reads a public key as base64 of its SubjectPublicKeyInfo (RFC 5280,
// section 4.1.2.7); after "private:" that of a key of PKCS #8 (RFC 5208).
func parseP256(text string) (verify.Key, error) {
	encoded, isPrivate := strings.CutPrefix(text, private)
	b, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return verify.Key{}, errors.New("the key is not base64")
	}
	if isPrivate {
		k, err := x509.ParsePKCS8PrivateKey(b)
		if p, ok := k.(*ecdsa.PrivateKey); ok && err == nil {
			return verify.Key{Private: p}, nil
		}
		return verify.Key{}, errors.New("the key is not an ECDSA key of PKCS #8")
	}
	k, err := x509.ParsePKIXPublicKey(b)
	if p, ok := k.(*ecdsa.PublicKey); ok && err == nil {
		return verify.Key{Public: p}, nil
	}
	return verify.Key{}, errors.New("the key is not an ECDSA public key")
}

var (
	parseHexEd25519    = parseEd25519(hex.DecodeString)
	parseBase64Ed25519 = parseEd25519(base64.StdEncoding.DecodeString)
)
