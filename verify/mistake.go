package verify

// A Mistake is a usual reason why a signature does not verify; see
// [Scheme.Explain].
type Mistake uint8

// The mistakes that Explain knows. The zero Mistake is none of them.
const (
	// MistakeHeaderMissing: a header is not there. Proxies drop what they
	// don't know; the sender may have no secret set and so doesn't sign.
	MistakeHeaderMissing Mistake = iota + 1

	// MistakeHeaderName: a header is there, but not under its canonical
	// name, as when headers come from a queue's or a gateway's JSON. Build
	// the http.Header with its Set or Add.
	MistakeHeaderName

	// MistakeHeaderRepeated: a header comes more than once.
	MistakeHeaderRepeated

	// MistakeHeaderFormat: a header can't be read, or the signature is
	// right but written in another encoding or after another prefix.
	MistakeHeaderFormat

	// MistakeProvider: the headers are those of another provider.
	MistakeProvider

	// MistakeClock: the timestamp is outside the tolerance. A clock is
	// wrong, the request was on its way too long, or it is a replay.
	MistakeClock

	// MistakeTimestampUnit: the timestamp is in another unit than the
	// scheme's, such as milliseconds, in its header or in what was signed.
	MistakeTimestampUnit

	// MistakeSigned: another string was signed, such as the body without
	// the timestamp.
	MistakeSigned

	// MistakeHash: another hash function was used.
	MistakeHash

	// MistakeSecretForm: the sender's key is another reading of the same
	// secret: decoded or not, with or without its prefix, with a newline.
	MistakeSecretForm

	// MistakeSecretOther: the signature is by one of the other secrets that
	// were given in the options: an earlier one, or another endpoint's.
	MistakeSecretOther

	// MistakeBodyEmpty: the body is empty. Was it read before?
	MistakeBodyEmpty

	// MistakeBodyEnd: the body has something more, or less, at its end than
	// what was signed, usually a newline.
	MistakeBodyEnd

	// MistakeBodyText: the body's text was converted: its line endings, its
	// byte order mark, or from base64.
	MistakeBodyText

	// MistakeBodyReprinted: the body's JSON is not printed as it was when
	// it was signed. Somebody parsed it and printed it again.
	MistakeBodyReprinted
)

var mistakes = [...]string{
	MistakeHeaderMissing:  "header missing",
	MistakeHeaderName:     "header not under its canonical name",
	MistakeHeaderRepeated: "header repeated",
	MistakeHeaderFormat:   "header written otherwise",
	MistakeProvider:       "another provider's headers",
	MistakeClock:          "timestamp outside the tolerance",
	MistakeTimestampUnit:  "timestamp in another unit",
	MistakeSigned:         "another string was signed",
	MistakeHash:           "another hash function",
	MistakeSecretForm:     "secret read otherwise",
	MistakeSecretOther:    "another secret",
	MistakeBodyEmpty:      "body empty (read before?)",
	MistakeBodyEnd:        "body's end differs from what was signed",
	MistakeBodyText:       "body's text was converted",
	MistakeBodyReprinted:  "body's JSON was printed again",
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
