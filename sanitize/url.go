package sanitize

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxURLLength is the length of the longest URL that [URL] returns, in
// bytes.
const MaxURLLength = 2048

// ErrUnsafeURL is wrapped by every error of [URL].
var ErrUnsafeURL = errors.New("unsafe URL")

// Why a URL was refused. Each wraps [ErrUnsafeURL] and quotes nothing of the
// URL, so it may be logged and shown. Test for them with errors.Is.
var (
	// ErrURLScheme: the scheme is none of http, https and mailto, or the
	// URL has none.
	ErrURLScheme = fmt.Errorf("%w: scheme not allowed", ErrUnsafeURL)

	// ErrURLHost: an http URL has no host, or one that can't be.
	ErrURLHost = fmt.Errorf("%w: no usable host", ErrUnsafeURL)

	// ErrURLUserinfo: there is a user name or a password before the host,
	// which makes a URL look as if it led elsewhere.
	ErrURLUserinfo = fmt.Errorf("%w: user name in it", ErrUnsafeURL)

	// ErrURLCharacter: there is a control character, a backslash, or a byte
	// that is not UTF-8. Browsers leave out the first and turn the second
	// into a slash.
	ErrURLCharacter = fmt.Errorf("%w: character not allowed", ErrUnsafeURL)

	// ErrURLMail: a mailto URL has not just one address, with a subject
	// and a body at most.
	ErrURLMail = fmt.Errorf("%w: not a plain mail address", ErrUnsafeURL)

	// ErrURLTooLong: the URL is longer than [MaxURLLength].
	ErrURLTooLong = fmt.Errorf("%w: too long", ErrUnsafeURL)

	// ErrURLSyntax: the URL can't be parsed.
	ErrURLSyntax = fmt.Errorf("%w: syntax error", ErrUnsafeURL)
)

// URL returns s, a URL that a stranger has written, if it may stand in a
// link, and else an error that wraps [ErrUnsafeURL].
//
// Allowed are absolute http and https URLs with a host and without a user name,
// and mailto URLs of one address, of whose header fields only a subject and a
// body are taken (RFC 6068, section 4, warns of the others). All else is
// refused, whatever the spelling: javascript, data, vbscript, file, and also
// tel and sms, which html/template doesn't let through either; relative URLs,
// "https:example.com", backslashes, control characters.
//
// The result has no spaces around it, its scheme is in lower case, and what RFC
// 3986 doesn't allow in a URL, with quotes and parentheses, is percent-encoded:
// html/template writes it just so. URL of the result is the result.
//
// URL looks at the form. It doesn't know where a URL leads: it takes
// private addresses, so a program that fetches the URL must look at the address
// that it dials, and host names in other scripts, which may look like another.
func URL(s string) (string, error) {
	s = strings.Trim(s, " \t\r\n")
	if len(s) > MaxURLLength {
		return "", ErrURLTooLong
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return "", ErrURLCharacter
	}
	s = percentEncode(s)
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "", ErrURLSyntax // url's error quotes the URL
	case u.Scheme == "http", u.Scheme == "https":
		err = checkWeb(u)
	case u.Scheme == "mailto":
		err = checkMail(u)
	default:
		err = ErrURLScheme
	}
	switch {
	case err != nil:
		return "", err
	case len(s) > MaxURLLength:
		return "", ErrURLTooLong
	}
	return u.Scheme + s[len(u.Scheme):], nil
}

func checkWeb(u *url.URL) error {
	switch port := u.Port(); {
	case u.User != nil:
		return ErrURLUserinfo
	case !isHost(u.Hostname(), strings.HasPrefix(u.Host, "[")):
		return ErrURLHost
	case port != "":
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return ErrURLHost
		}
	}
	return nil
}

// isHost reports whether a browser can take name for nothing but a host: it has
// letters, digits, dots and hyphens of any script only. Other characters may
// become dots or slashes when names are normalized (RFC 5895).
func isHost(name string, bracketed bool) bool {
	if bracketed {
		addr, err := netip.ParseAddr(name)
		return err == nil && addr.Is6() && addr.Zone() == ""
	}
	named := false
	for _, r := range name {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			named = true
		case r == '.', r == '-', r == '_', unicode.IsMark(r):
		default:
			return false
		}
	}
	return named
}

func checkMail(u *url.URL) error {
	to, err := url.PathUnescape(u.Opaque)
	if err != nil || u.Fragment != "" {
		return ErrURLMail
	}
	addr, err := mail.ParseAddress(to)
	if err != nil || addr.Address != to {
		return ErrURLMail
	}
	fields, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return ErrURLMail
	}
	for name, values := range fields {
		subject := strings.EqualFold(name, "subject")
		if !subject && !strings.EqualFold(name, "body") {
			return ErrURLMail
		}
		if subject && strings.ContainsFunc(strings.Join(values, ""), unicode.IsControl) {
			return ErrURLMail
		}
	}
	return nil
}

// percentEncode encodes all bytes but those that RFC 3986 allows in a URL,
// quotes and parentheses also, and leaves what is encoded as it is.
func percentEncode(s string) string {
	const allowed = "-._~!#$&*+,/:;=?@[]"
	var b strings.Builder
	done := 0
	for i := range len(s) {
		c := s[i]
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte(allowed, c) >= 0 ||
			c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			continue
		}
		b.WriteString(s[done:i])
		fmt.Fprintf(&b, "%%%02X", c)
		done = i + 1
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
