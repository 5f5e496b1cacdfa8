package verify

// Content is what [Spec].Open finds in a request.
type Content struct {
	// Signed takes the place of {body} in [Spec].Signed. Nil means the
	// body.
	Signed []byte

	// Signature is what Headers.Signature would hold, if the provider has no
	// such header. Empty means that the request is not signed.
	Signature string

	// Timestamp is what Headers.Timestamp would hold, if there is none.
	Timestamp string

	// ID and Type are the delivery's, if no header has them. They count as
	// unsigned.
	ID, Type string
}
