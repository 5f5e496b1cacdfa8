// Package redact keeps personal data and secrets out of logs: [NewHandler]
// wraps a [slog.Handler] and masks what it is given to write, and [String]
// masks a text by itself.
//
// What is masked, in the message, in attributes and in what they hold:
//
//   - email addresses, whole, also with a full-width @;
//   - telephone numbers in international form (+1 555 010 0199) or that of North
//     America (555-010-0199), and numbers of payment cards;
//   - IP addresses down to their network: IPv4 to /24, IPv6 to /48, the rest
//     being zero, without a zone. So 192.0.2.17:443 becomes 192.0.2.0:443.
//     Loopback addresses stay, as they belong to no person;
//   - tokens: what follows Bearer, user:password in base64 after Basic, JSON
//     Web Tokens, and keys with a prefix that is known, such as ghp_ or AKIA;
//   - in URLs the query, a user name and password, and a fragment that has
//     parameters; the query of a path such as /callback?code=1; forms
//     (a=1&b=2), of which one parameter is enough under a name that ends in
//     query; the values of a [net/url.Values]; and user:password before @tcp(
//     in a data source name;
//   - what stands under the name of a secret (see [Options]), whole: an
//     attribute, a field, a member, a map's entry, what follows --token in a
//     list or, in a text, --token …, token=… and "token": "…". There, a list or
//     an object goes to its closing bracket, or, if that is missing or more than
//     4 KiB away, to the end of the line;
//   - what stands under a name that is personal, such as email, phone or name
//     (see [Options]), as an attribute, a field, a member or an entry;
//   - the secrets that [Options] has as Literals, wherever they stand.
//
// A text that is JSON, whole, is decoded for it, and encoded anew if there was
// something to mask.
//
// What else is there is left as it is: versions such as 1.2.3 or version 1.2.3.4,
// times, MAC addresses, import paths, git@github.com, a::b, hexadecimal ids.
//
// The time that it takes grows with the length of the text, whatever is in it.
//
// # What it can't know
//
// A text is judged by its form. People's names, other telephone numbers and
// secrets that look like nothing else are not recognised unless their attribute
// is named so, or they are given. Neither is what is encoded, say in base64, or
// has been cut in two, nor an IPv6 address that is glued to letters, an address
// of mail without a dot in its host or at one like 1.2.3-rc.example, a password
// in prose after a colon that consists of lower-case letters, a single parameter
// in prose (code=1), or a token after bearer%20. On the other hand, a version of
// four small numbers is taken for an address unless it follows a v or the word
// version and none has three digits, what follows @ in npm@1.2.3.tgz for a host,
// and eight groups of hexadecimal digits, unless all have two digits, for an
// address as well. It is a net under code that takes care of what it logs.
package redact
