package verify

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const defaultTolerance = 5 * time.Minute

// A Scheme verifies and signs the way one provider does, with one list of
// secrets. Make it with [New] or with a preset of package provider. The zero
// Scheme and a nil one refuse all requests with [ErrNoSecret].
//
// A Scheme is a [Verifier], a [RequestVerifier], a [HeaderChecker], an
// [Explainer], a [Signer] and a [RequestSigner].
// Its methods are safe for concurrent use; set its fields before you call them.
// A Scheme must not be copied.
type Scheme struct {
	// Tolerance is how far a signed timestamp may be from the present, in
	// the past or in the future, inclusive. Zero means 5 minutes.
	//
	// A negative Tolerance is a programming error: CheckHeader and Verify
	// panic, unless the scheme signs no timestamp and so doesn't use it.
	Tolerance time.Duration

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	name    string
	sets    []headerSet // Spec.Headers, then the Aliases
	signed  template
	members bodyMembers
	spec    Spec // with its defaults filled in
	newHash func() hash.Hash
	macSize int

	keys   []key
	has    [keyKinds]bool // among the keys
	extras []string       // canonical

	last atomic.Int32 // index of the key that matched last, to try first
	pool sync.Pool    // of *state

	hasTimestamp bool   // a signed one, outside the body
	opensTime    bool   // Open finds it
	needsRequest bool   // its method or URL is signed
	hasPath      bool   // PublicURL has one
	signsID      bool   // so that it is required
	idStop       string // what a signed id can't contain
	digestPrefix []byte // nil if envelopes have no ContentDigest

	noSecret *Error
}

var (
	_ Verifier      = (*Scheme)(nil)
	_ HeaderChecker = (*Scheme)(nil)
	_ Explainer     = (*Scheme)(nil)
	_ Signer        = (*Scheme)(nil)

	_ RequestVerifier = (*Scheme)(nil)
	_ RequestSigner   = (*Scheme)(nil)
)

// New returns a Scheme for a provider that signs as spec says. The secrets are
// written as the provider shows them, the newest first.
//
// The error joins all that is wrong with the spec and the secrets. It wraps
// [ErrNoSecret] if there are no secrets or one is blank. It never quotes a
// secret. New refuses secrets that begin or end with white space, that hold
// invisible characters such as a byte order mark, or that aren't UTF-8.
func New(spec Spec, secrets ...string) (*Scheme, error) {
	signed, errTemplate := parseTemplate(spec.Signed, spec.TimestampLayout != "")
	keys, errKeys := spec.parseKeys(secrets)
	errSpec := spec.check(signed)
	if err := errors.Join(errTemplate, errSpec, errKeys, spec.checkPrefixes(keys)); err != nil {
		return nil, fmt.Errorf("verify: %s scheme: %w", spec.displayName(), err)
	}
	spec.setDefaults()
	s := &Scheme{
		name:         spec.Name,
		signed:       signed,
		members:      newBodyMembers(spec.IDMembers, spec.TypeMembers, spec.timestampMembers()),
		spec:         spec,
		newHash:      hashes[spec.Hash],
		macSize:      spec.Hash.Size(),
		keys:         keys,
		hasTimestamp: signed.index(timestampMark) >= 0,
		signsID:      signed.index(idMark) >= 0,
		idStop:       signed.idStop(),
		needsRequest: signed.index(urlMark) >= 0 || signed.index(methodMark) >= 0,
		hasPath:      publicPath(spec.PublicURL) != "",
		noSecret:     &Error{Scheme: spec.Name, Err: ErrNoSecret},
	}
	for _, h := range spec.headerSets() {
		s.sets = append(s.sets, newHeaderSet(spec.Name, h))
	}
	s.opensTime = s.hasTimestamp && spec.Headers.Timestamp == "" && spec.TimestampPrefix == ""
	for _, name := range spec.ExtraSignatures {
		s.extras = append(s.extras, http.CanonicalHeaderKey(name))
	}
	for _, k := range keys {
		s.has[k.kind] = true
	}
	if (s.hasTimestamp || spec.TimestampMember != "") && !s.signsID && len(spec.IDMembers) == 0 && (!spec.DigestID || spec.Headers.ID != "") {
		// Short, so that with a MAC of 32 bytes it fits one block of SHA-256.
		s.digestPrefix = []byte("hooklatch\x00" + spec.Name + "\x00")
	}
	s.pool.New = func() any { return s.newState() }
	return s, nil
}

// Name returns the provider's name, as in [Envelope].Provider.
func (s *Scheme) Name() string {
	if s == nil {
		return ""
	}
	return s.name
}

// Format prints the scheme's name for every verb, so that its secrets don't get
// into a log by accident.
func (s *Scheme) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "verify.Scheme(%s)", s.Name()) // fmt reports its writer's errors
}

// Verify decides whether a request is genuine; see [Verifier]. All its errors
// are of type [*Error] and shared: don't change them. It does not use ctx.
//
// Verify reports what is missing before what is malformed, that before an
// expired timestamp, and that before a signature that doesn't match. It parses
// nothing in the body before the signature has matched, unless the Spec has an
// Open.
//
// If several secrets match (a provider may sign with both while they change),
// Envelope.KeyID is that of one of them. A success allocates no memory, except
// for an id, type or time in the body, for a digest as id, for public keys, and for
// what an Open allocates.
//
// For a scheme that signs the method or the URL, the error says so, and is no
// *Error: use [Scheme.VerifyRequest].
func (s *Scheme) Verify(ctx context.Context, h http.Header, body []byte) (Envelope, error) {
	return s.VerifyRequest(ctx, Request{Header: h}, body)
}

// VerifyRequest is Verify for a request whose method and URL are known, too. It
// works for every scheme.
func (s *Scheme) VerifyRequest(_ context.Context, r Request, body []byte) (Envelope, error) {
	if s == nil || len(s.keys) == 0 {
		return Envelope{}, s.errNoSecret()
	}
	st := s.pool.Get().(*state)
	defer s.pool.Put(st)
	var m message
	content, err := s.open(r, &m, body)
	if err != nil {
		return Envelope{}, err
	}
	if err := s.read(r.Header, st, &m); err != nil {
		return Envelope{}, err
	}
	i := s.match(st, &m, content)
	if i < 0 {
		return Envelope{}, m.set.mismatch
	}
	if err := s.readTimeMember(&m, body); err != nil {
		return Envelope{}, err
	}
	env := Envelope{Provider: s.name, ID: m.id, Type: m.typ, Time: m.time, KeyID: s.keys[i].id}
	if !m.time.IsZero() {
		env.Tolerance = s.tolerance()
	}
	if s.digestPrefix != nil {
		env.ContentDigest = s.contentDigest(st, &m, content)
	}
	s.members.read(&env, body)
	if s.spec.DigestID && env.ID == "" {
		env.ID = bodyID(body)
	}
	return env, nil
}

// CheckHeader refuses a request for what its headers alone tell: a missing,
// repeated or malformed header, or a timestamp outside the tolerance. Its
// errors are those of [Scheme.Verify]. It allocates no memory.
func (s *Scheme) CheckHeader(h http.Header) error {
	if s == nil || len(s.keys) == 0 {
		return s.errNoSecret()
	}
	set, lines := s.headerSet(h)
	if set.Signature == "" || s.spec.TokenQuery != "" && isMissing(lines) || s.opensTime {
		return nil // the headers alone don't tell
	}
	st := s.pool.Get().(*state)
	defer s.pool.Put(st)
	var m message
	if err := s.read(h, st, &m); err != nil {
		return err
	}
	return nil
}

func (s *Scheme) errNoSecret() error {
	if s == nil || s.noSecret == nil {
		return &Error{Scheme: "unset", Err: ErrNoSecret}
	}
	return s.noSecret
}

func (s *Scheme) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Scheme) tolerance() time.Duration {
	switch {
	case s.Tolerance < 0:
		panic("verify: negative Tolerance")
	case s.Tolerance == 0:
		return defaultTolerance
	}
	return s.Tolerance
}
