package verify

// A Mistake is a usual reason why a signature does not verify; see
// [Scheme.Explain].
type Mistake uint8

// The mistakes that Explain knows. The zero Mistake is none of them.
const (
	// MistakeHeaderMissing: a header is not there. Some proxies drop headers
	// that they don't know; a sender without a secret may not sign.
	MistakeHeaderMissing Mistake = iota + 1

	// MistakeHeaderName: a header is there, but not under its canonical
	// name, as when headers come from a queue's or a gateway's JSON. Build
	// the http.Header with its Set or Add.
	MistakeHeaderName

	// MistakeHeaderRepeated: a header, or a part of it, comes more than once.
	MistakeHeaderRepeated

	// MistakeHeaderFormat: a header can't be read, or the signature is right
	// but written in another encoding or after another prefix.
	MistakeHeaderFormat

	// MistakeHeaderOther: a header that the scheme doesn't read has what it
	// misses, by its name or by its signature. Is it another provider, or a
	// wrong name in the Spec?
	MistakeHeaderOther

	// MistakeProvider: the headers are those of another provider.
	MistakeProvider

	// MistakeNoSecret: the sender has no secret. It sent a signature header
	// with nothing in it, or signed with what its language prints for a
	// variable that isn't set. Such a request proves nothing.
	MistakeNoSecret

	// MistakeClock: the timestamp is outside the tolerance. A clock is
	// wrong, the request was on its way too long, or it is a replay.
	MistakeClock

	// MistakeTimestampUnit: the timestamp is in another unit than the
	// scheme's, such as milliseconds, in its header or in the signed string.
	MistakeTimestampUnit

	// MistakeSigned: the sender signed another string, such as the body
	// without the timestamp.
	MistakeSigned

	// MistakeURL: the sender signed another URL, such as one that begins with
	// http. Is the PublicURL what the provider's settings say?
	MistakeURL

	// MistakeHash: the sender used another hash function, or used it in
	// another way than HMAC (RFC 2104).
	MistakeHash

	// MistakeSecretForm: the sender's key is another reading of the same
	// secret (decoded or not, with or without its prefix, with a newline),
	// or the scheme's keys are of the wrong kind.
	MistakeSecretForm

	// MistakeSecretOther: the signature is by one of the other secrets in
	// the options: an earlier one, or another endpoint's.
	MistakeSecretOther

	// MistakeBodyEmpty: the body is empty. Did an earlier layer read it?
	MistakeBodyEmpty

	// MistakeBodyEnd: the body has something more, or less, at its end than
	// the signed one: usually a newline.
	MistakeBodyEnd

	// MistakeBodyText: a conversion changed the body's text: its line
	// endings, its byte order mark, its character encoding, base64 or
	// compression.
	MistakeBodyText

	// MistakeBodyReprinted: a program parsed the body's JSON or form and
	// printed it again, not as it was when it was signed.
	MistakeBodyReprinted

	// MistakeBodyPart: the sender signed a part of the body, such as a field
	// of a form, or something of which the body is a part.
	MistakeBodyPart
)

var mistakes = [...]string{
	MistakeHeaderMissing:  "header missing",
	MistakeHeaderName:     "header not under its canonical name",
	MistakeHeaderRepeated: "header repeated",
	MistakeHeaderFormat:   "header written in another way",
	MistakeHeaderOther:    "another header",
	MistakeProvider:       "another provider's headers",
	MistakeNoSecret:       "the sender has no secret",
	MistakeClock:          "timestamp outside the tolerance",
	MistakeTimestampUnit:  "timestamp in another unit",
	MistakeSigned:         "another string was signed",
	MistakeURL:            "another URL was signed",
	MistakeHash:           "another hash function",
	MistakeSecretForm:     "secret read in another way",
	MistakeSecretOther:    "another secret",
	MistakeBodyEmpty:      "body empty (read before?)",
	MistakeBodyEnd:        "body's end differs from what was signed",
	MistakeBodyText:       "body's text was converted",
	MistakeBodyReprinted:  "body was parsed and printed again",
	MistakeBodyPart:       "a part of the body was signed, or more than the body",
}

// String returns a few words for a log.
func (m Mistake) String() string {
	if int(m) < len(mistakes) && mistakes[m] != "" {
		return mistakes[m]
	}
	return "unknown mistake"
}

// A Finding is a mistake that [Scheme.Explain] has found.
type Finding struct {
	Mistake Mistake

	// Detail says what exactly, in words: which header, how far off, what
	// was signed instead. It may be empty. Its wording may change.
	Detail string
}

// String returns the mistake and its detail.
func (f Finding) String() string {
	if f.Detail == "" {
		return f.Mistake.String()
	}
	return f.Mistake.String() + ": " + f.Detail
}
