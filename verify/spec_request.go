package verify

import (
	"net/url"
	"strings"
)

// checkToken refuses what makes no sense beside a token.
func (s *Spec) checkToken(p *problems) {
	p.require(s.Token <= TokenAuthorization, "Token: %d is unknown", s.Token)
	p.require(s.TokenQuery == "" || s.Token != 0, "TokenQuery: it needs a Token")
	if s.Token == 0 {
		return
	}
	p.require(s.Signed == "" && s.Headers.Timestamp == "" && s.TimestampPrefix == "" && s.TimestampMember == "", "Token: nothing is signed, and no time")
	p.require(s.Separator == "" && s.ListPrefix == "" && len(s.ExtraSignatures) == 0, "Token: a header holds one")
	p.require(s.Encoding == 0 && s.Hash == 0 && s.PublicKeyPrefix == "" && s.Open == nil && s.Seal == nil, "Token: there is no signature to decode")
	p.require(s.SecretFormat == 0 && s.SecretPrefix == "" && s.ParseKey == nil, "Token: the secret is sent as it is written")
	p.require(s.Token != TokenAuthorization || s.Prefix == "", "Token: credentials have a scheme, and no Prefix")
}

// checkURL refuses a PublicURL from which no URL can be made.
func (s *Spec) checkURL(p *problems, signed template) {
	if signed.index(urlMark) < 0 {
		p.require(s.PublicURL == "" && s.SpellURL == nil, "PublicURL: nothing but {url} in Signed needs it")
		return
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		p.add("PublicURL: must be an http or https URL, such as https://hooks.example.com")
		return
	}
	p.require(u.User == nil && !strings.ContainsAny(s.PublicURL, "?#"), "PublicURL: it can't have a user, a query or a fragment")
}

// queryPrefix makes a token of the query look like a header's.
func (s *Spec) queryPrefix() string {
	if s.Token == TokenAuthorization {
		return "Bearer "
	}
	return s.Prefix
}

// publicPath returns the path of a PublicURL.
func publicPath(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
	}
	return ""
}

// timestampMembers returns the TimestampMember, if there is one.
func (s *Spec) timestampMembers() []string {
	if s.TimestampMember == "" {
		return nil
	}
	return []string{s.TimestampMember}
}

// isMemberPath reports whether [] is only where newBodyMembers reads it.
func isMemberPath(path string) bool {
	top, rest, more := strings.Cut(path, ".")
	bare, each := strings.CutSuffix(top, "[]")
	return !strings.Contains(bare, "[]") && !strings.Contains(rest, "[]") && (!each || more)
}
