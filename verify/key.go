package verify

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// A Key is a secret ready for use, parsed from its text by [Spec].ParseKey. It is
// either the secret of an HMAC or a key pair, of which the private half may be
// missing.
type Key struct {
	// Secret is the HMAC's key.
	Secret []byte

	// Public is the key that checks signatures: an [ed25519.PublicKey], or an
	// [*ecdsa.PublicKey] on P-256. New refuses other types. Nil means the
	// public half of Private.
	Public crypto.PublicKey

	// Private is the key that signs, such as an [ed25519.PrivateKey]. A
	// receiver doesn't need it; only [Scheme.Sign] does.
	Private crypto.Signer
}

// Format prints "verify.Key" for every verb, so that a key doesn't get into a log
// by accident.
func (Key) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprint(w, "verify.Key") // fmt reports its writer's errors
}

// LogValue keeps the key out of structured logs.
func (Key) LogValue() slog.Value { return slog.StringValue("verify.Key") }

// A keyKind is what a key makes or checks.
type keyKind uint8

const (
	keyMAC keyKind = iota
	keyEd25519
	keyECDSA
	keyToken
	keyKinds int = iota // how many there are
)

// A key is a Key that was checked, with its place in the scheme's list.
type key struct {
	kind    keyKind
	id      string // position in the list, from "1"
	text    string // as given
	secret  []byte // of an HMAC
	public  ed25519.PublicKey
	ecdsa   *ecdsa.PublicKey
	private crypto.Signer // nil if only the public key is known
	token   [sha256.Size]byte
}

// check makes a key of k, or says why it is none.
func (k Key) check() (key, error) {
	if k.Private == nil && k.Public == nil {
		if len(k.Secret) == 0 {
			return key{}, fmt.Errorf("it is empty once decoded: %w", ErrNoSecret)
		}
		return key{secret: k.Secret}, nil
	}
	if len(k.Secret) > 0 {
		return key{}, errors.New("it is both an HMAC's secret and a key pair")
	}
	if err := checkPrivate(k.Private); err != nil {
		return key{}, err
	}
	public := k.Public
	if public == nil {
		public = k.Private.Public()
	}
	checked, err := checkPublic(public)
	if err != nil {
		return key{}, err
	}
	if k.Private != nil && !public.(interface{ Equal(crypto.PublicKey) bool }).Equal(k.Private.Public()) {
		return key{}, errors.New("the public key is not that of the private key")
	}
	checked.private = k.Private
	return checked, nil
}

// checkPublic makes a key of a public one.
func checkPublic(public crypto.PublicKey) (key, error) {
	switch p := public.(type) {
	case ed25519.PublicKey:
		if len(p) != ed25519.PublicKeySize {
			return key{}, fmt.Errorf("a public key has %d bytes, not %d", ed25519.PublicKeySize, len(p))
		}
		return key{kind: keyEd25519, public: p}, nil
	case *ecdsa.PublicKey:
		if p == nil || p.Curve != elliptic.P256() {
			return key{}, errors.New("the public key is not on P-256")
		}
		if _, err := p.ECDH(); err != nil {
			return key{}, errors.New("the public key is not a point of P-256")
		}
		return key{kind: keyECDSA, ecdsa: p}, nil
	}
	return key{}, errors.New("the public key is neither an ed25519.PublicKey nor an *ecdsa.PublicKey")
}

// checkPrivate refuses ed25519 keys of the wrong length, and those whose second
// half is not the public key of the first (RFC 8032, section 5.1.5): they would
// sign what their own public key refuses.
func checkPrivate(private crypto.Signer) error {
	p, ok := private.(ed25519.PrivateKey)
	switch {
	case !ok:
		return nil
	case len(p) != ed25519.PrivateKeySize:
		return fmt.Errorf("a private key has %d bytes, not %d", ed25519.PrivateKeySize, len(p))
	case !bytes.Equal(p, ed25519.NewKeyFromSeed(p.Seed())):
		return errors.New("the private key's second half is not its public key")
	}
	return nil
}

// parseKey makes a Key of a secret's text, which isn't blank.
func (s *Spec) parseKey(text string) (Key, error) {
	if s.ParseKey != nil {
		return s.ParseKey(text)
	}
	secret, err := s.SecretFormat.Decode(strings.TrimPrefix(text, s.SecretPrefix))
	return Key{Secret: secret}, err
}

// parseKeys makes keys of all secrets. Its error joins all that is wrong with
// them.
func (s *Spec) parseKeys(secrets []string) ([]key, error) {
	if len(secrets) == 0 {
		return nil, ErrNoSecret
	}
	var errs []error
	keys := make([]key, 0, len(secrets))
	for i, text := range secrets {
		k, err := s.checkKey(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("secret %d: %w", i+1, err))
			continue
		}
		k.id, k.text = strconv.Itoa(i+1), text
		keys = append(keys, k)
	}
	return keys, errors.Join(errs...)
}

// checkKey makes a key of a secret's text.
func (s *Spec) checkKey(text string) (key, error) {
	if err := checkSecretText(text); err != nil {
		return key{}, err
	}
	if s.Token != 0 {
		if len(text) > maxToken || !isHeaderValue(text) {
			return key{}, fmt.Errorf("it can't be sent in a header: more than %d bytes, or not printable ASCII", maxToken)
		}
		return key{kind: keyToken, token: sha256.Sum256([]byte(text))}, nil
	}
	k, err := s.parseKey(text)
	if err != nil {
		return key{}, err
	}
	return k.check()
}
