// Package dispatch routes verified deliveries by their event type to handlers,
// and turns what these return into the answer that the sender understands.
//
// A [Mux] is the innermost layer. It finds the event type, picks the handlers
// that are registered for it, and decodes the event's data once, into the type
// that the handler asks for:
//
//	var mux dispatch.Mux
//	mux.Handle("link.created", dispatch.JSON(onLinkCreated))
//	mux.Handle("link.*", dispatch.HandlerFunc(onAnyLink))
//
// # Where the type is
//
// If verification has found the type (GitHub's is in a header), that one counts.
// Otherwise it is the string member "type" of the JSON object that is the body,
// and the event's data is the member "data"; [Mux] has fields for other names.
// The top level of the body is read strictly: an object there that two parsers
// could understand differently, such as one with two members "type", is refused.
// The Mux does not look into the members' values: {"amount":1,"amount":2} as the
// data is for the decoder to read or to refuse, and encoding/json takes the last.
// Where a handler passes the body on to another parser, set [Mux.Decode] to a
// decoder that refuses duplicates.
//
// A body that begins with a brace is JSON, whatever its Content-Type. Forms and
// compressed bodies are read if [Mux.FormPayload], [Mux.FormType] or
// [Mux.GzipLimit] say how.
//
// # What a handler's error means
//
// A 2xx tells the sender, and the Once layer, that the event has taken effect.
// Any other answer means that the sender's retry will run the handlers again.
//
//	nil                             200
//	the body is not the envelope    400, no handler runs: *EnvelopeError
//	a form, multipart, compressed   415, no handler runs: *UnsupportedError
//	the data does not fit           422: *DecodeError
//	an error, a panic               500
//	RetryAfter(err, d)              503 with Retry-After
//	Permanent(err)                  Mux.DeadLetter, then 200; 500 if there is none
//	no handler for the type         200 and a warning in the log, or Mux.Fallback;
//	                                503 with Mux.RetryUnknown
//
// Nothing of an error's text reaches the sender. The answer to an error that
// wraps several, as of several handlers or of errors.Join, is the first of
// these that one of them calls for: 503 with the longest Retry-After, 500, 422,
// 400, 415. It is dead-lettered only if all of them are Permanent: as long as one is
// not, a retry may still mend it.
package dispatch
