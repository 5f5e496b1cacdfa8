package verify

import (
	"crypto"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

const maxName = 64

var hashes = map[crypto.Hash]func() hash.Hash{
	crypto.SHA1:   sha1.New,
	crypto.SHA256: sha256.New,
	crypto.SHA384: sha512.New384,
	crypto.SHA512: sha512.New,
}

// displayName is the name for error messages, quoted if it isn't a valid one.
func (s *Spec) displayName() string {
	if isToken(s.Name) && len(s.Name) <= maxName {
		return s.Name
	}
	return fmt.Sprintf("%.80q", s.Name)
}

// check joins all that is wrong with s, except for its secrets and what
// parseTemplate finds.
func (s *Spec) check(signed template) error {
	p := problems{}
	p.require(isToken(s.Name) && len(s.Name) <= maxName, "Name: must be 1 to %d printable ASCII characters without spaces", maxName)
	s.checkHeaders(&p)
	if signed != nil {
		s.checkSigned(&p, signed)
	}
	s.checkList(&p)
	s.checkToken(&p)
	s.checkURL(&p, signed)
	p.require(s.Encoding <= Base64URL, "Encoding: %d is unknown", s.Encoding)
	p.require(s.Hash == 0 || hashes[s.Hash] != nil, "Hash: %d is not SHA-1, SHA-256, SHA-384 or SHA-512", s.Hash)
	p.require(s.SecretFormat <= SecretHex, "SecretFormat: %d is unknown", s.SecretFormat)
	p.require(s.ParseKey == nil || s.SecretFormat == 0 && s.SecretPrefix == "", "ParseKey: there is a SecretFormat or SecretPrefix already")
	switch s.TimestampUnit {
	case 0, time.Second, time.Millisecond, time.Microsecond, time.Nanosecond:
	default:
		p.add("TimestampUnit: %v is not a second, millisecond, microsecond or nanosecond", s.TimestampUnit)
	}
	p.require(s.TimestampLayout == "" || s.TimestampLayout == time.RFC3339, "TimestampLayout: %q is not that of RFC 3339", s.TimestampLayout)
	p.require(s.TimestampLayout == "" || s.TimestampUnit == 0, "TimestampLayout: there is a TimestampUnit already")
	s.checkMembers(&p)
	return errors.Join(p...)
}

func (s *Spec) checkMembers(p *problems) {
	p.require(len(s.IDMembers) == 0 || s.Headers.ID == "", "IDMembers: there is an ID header already")
	p.require(len(s.TypeMembers) == 0 || s.Headers.Type == "", "TypeMembers: there is a Type header already")
	var tops []string
	all := slices.Concat(s.IDMembers, s.TypeMembers, s.timestampMembers())
	if len(all) == 0 {
		return
	}
	for path := range strings.SplitSeq(strings.Join(all, "+"), "+") {
		p.require(!strings.Contains("."+path+".", ".."), "IDMembers, TypeMembers: %q has an empty part", path)
		p.require(isMemberPath(path), "IDMembers, TypeMembers: in %q, [] may end the first part, and one must follow it", path)
		top, _, _ := strings.Cut(path, ".")
		top = strings.TrimSuffix(top, "[]")
		for _, t := range tops {
			p.require(t == top || !strings.EqualFold(t, top), "IDMembers, TypeMembers: %q and %q differ in case only", t, top)
		}
		tops = append(tops, top)
	}
}

func (s *Spec) checkHeaders(p *problems) {
	p.require(s.Headers.Signature != "" || s.Open != nil || s.TokenQuery != "", "Headers: no Signature")
	p.require(len(s.ExtraSignatures) == 0 || s.Headers.Signature != "" && s.Separator == "", "ExtraSignatures: they need Headers.Signature, and exclude a Separator")
	for _, name := range s.ExtraSignatures {
		p.require(isHeaderName(name), "ExtraSignatures: %q is not a header's name", name)
	}
	for i, h := range s.headerSets() {
		seen := map[string]bool{}
		for _, name := range [...]string{h.Signature, h.Timestamp, h.ID, h.Type} {
			if name == "" {
				continue
			}
			canonical := textproto.CanonicalMIMEHeaderKey(name)
			p.require(isHeaderName(name), "Headers: %q is not a header's name", name)
			p.require(!seen[canonical], "Headers: %q is used twice", canonical)
			seen[canonical] = true
		}
		p.require(i == 0 || h.sameKinds(s.Headers), "Aliases: element %d does not name the same headers as Headers", i-1)
	}
}

// headerSets returns Headers, then the Aliases.
func (s *Spec) headerSets() []Headers { return append([]Headers{s.Headers}, s.Aliases...) }

func (h Headers) sameKinds(o Headers) bool {
	return (h.Signature == "") == (o.Signature == "") && (h.Timestamp == "") == (o.Timestamp == "") &&
		(h.ID == "") == (o.ID == "") && (h.Type == "") == (o.Type == "")
}

func (s *Spec) checkSigned(p *problems, signed template) {
	hasTimestamp := s.Headers.Timestamp != "" || s.TimestampPrefix != ""
	p.require(s.TimestampMember == "" || !hasTimestamp && signed.index(timestampMark) < 0, "TimestampMember: there is another timestamp already")
	if s.Open != nil && !hasTimestamp {
		hasTimestamp = signed.index(timestampMark) >= 0
	}
	if signed.index(timestampMark) >= 0 {
		p.require(hasTimestamp, "Signed: {timestamp} needs Headers.Timestamp or TimestampPrefix")
	} else {
		p.require(!hasTimestamp, "Signed: a timestamp is sent but not signed: it proves nothing; leave it out or add {timestamp}")
	}
	p.require(signed.index(idMark) < 0 || s.Headers.ID != "", "Signed: {id} needs Headers.ID")
}

func (s *Spec) checkList(p *problems) {
	// A separator that can be part of a signature would cut it in two.
	p.require(!strings.ContainsFunc(s.Separator, isSignatureChar), "Separator: %q has a character that signatures are written with", s.Separator)
	if s.Separator != "" {
		for _, prefix := range [...]struct{ field, text string }{
			{"Prefix", s.Prefix}, {"PublicKeyPrefix", s.PublicKeyPrefix}, {"TimestampPrefix", s.TimestampPrefix}, {"ListPrefix", s.ListPrefix},
		} {
			p.require(!strings.Contains(prefix.text, s.Separator), "%s: it contains the Separator", prefix.field)
			p.require(strings.TrimLeft(prefix.text, " \t") == prefix.text, "%s: it begins with white space, which is not part of a list's element", prefix.field)
		}
	}
	if s.ListPrefix != "" {
		p.require(s.Separator != "", "ListPrefix: it needs a Separator")
		p.require(s.Prefix == "" && s.PublicKeyPrefix == "" && s.TimestampPrefix == "", "ListPrefix: there is another prefix already")
	}
	if s.TimestampPrefix != "" {
		p.require(s.Separator != "", "TimestampPrefix: it needs a Separator")
		p.require(s.Headers.Timestamp == "", "TimestampPrefix: there is a Timestamp header already")
		p.require(s.Prefix != "" && differ(s.Prefix, s.TimestampPrefix), "TimestampPrefix: it can't be told from Prefix")
		p.require(s.PublicKeyPrefix == "" || differ(s.PublicKeyPrefix, s.TimestampPrefix), "TimestampPrefix: it can't be told from PublicKeyPrefix")
	}
}

// differ reports whether no text can begin with both prefixes.
func differ(a, b string) bool { return !strings.HasPrefix(a, b) && !strings.HasPrefix(b, a) }

// checkPrefixes refuses keys of two kinds whose signatures look alike.
func (s *Spec) checkPrefixes(keys []key) error {
	var kinds [keyKinds]bool
	for _, k := range keys {
		kinds[k.kind] = true
	}
	public := kinds[keyEd25519] || kinds[keyECDSA]
	switch {
	case kinds[keyEd25519] && kinds[keyECDSA]:
		return errors.New("there are public keys of two kinds, whose signatures can't be told apart")
	case kinds[keyMAC] && public && !differ(s.Prefix, s.PublicKeyPrefix):
		return errors.New("PublicKeyPrefix: it can't be told from Prefix, and there are keys of both kinds")
	}
	return nil
}

// setDefaults replaces zero values by their defaults.
func (s *Spec) setDefaults() {
	if s.Hash == 0 {
		s.Hash = crypto.SHA256
	}
	if s.TimestampUnit == 0 && s.TimestampLayout == "" {
		s.TimestampUnit = time.Second
	}
}

// problems collects errors.
type problems []error

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Errorf(format, args...)) }

func (p *problems) require(ok bool, format string, args ...any) {
	if !ok {
		p.add(format, args...)
	}
}

func isToken(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}

// isHeaderName reports whether s is a token (RFC 9110, section 5.6.2), as field
// names are (section 5.1).
func isHeaderName(s string) bool {
	return isToken(s) && !strings.ContainsAny(s, "\"(),/:;<=>?@[\\]{}")
}

// isSignatureChar reports whether any of the encodings writes r.
func isSignatureChar(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune("+/=-_", r)
}
