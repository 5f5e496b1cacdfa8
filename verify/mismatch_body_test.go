package verify_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/hooklatch/hooklatch/verify"
)

const jsonBody = `{"type":"a.b","data":{"url":"https://x.test/?a=1&b=2","name":"é😀","n":1.50,"list":[1,2]},"a":"<b>"}`

func bodyMismatches() []mismatch {
	end, text := []verify.Mistake{verify.MistakeBodyEnd}, []verify.Mistake{verify.MistakeBodyText}
	latin := strings.ReplaceAll(jsonBody, "é😀", "é")
	latin1 := strings.ReplaceAll(latin, "é", "\xe9")
	quoted := strings.ReplaceAll(jsonBody, "é😀", "it’s")
	return []mismatch{
		{name: "newline added", preset: "linktree", want: end, send: bodies(testBody, testBody+"\n")},
		{name: "CRLF added", preset: "stripe", want: end, send: bodies(testBody, testBody+"\r\n")},
		{name: "newline trimmed", preset: "github", want: end, send: bodies(testBody+"\n", testBody)},
		{name: "CRLF trimmed", preset: "slack", want: end, send: bodies(testBody+"\r\n", testBody)},
		{name: "space around it", preset: "shopify", want: end, send: bodies(testBody, "\n  "+testBody+"  ")},
		{name: "a buffer longer than the body", preset: "linktree", want: end, detail: "NUL", send: bodies(testBody, testBody+strings.Repeat("\x00", 100))},
		{name: "ed25519, newline added", preset: "standard-webhooks-ed25519", keys: []string{publicKey}, want: end, send: func(p *preset, h http.Header) string {
			p.sign(h, privateKey, "id-1", now, testBody)
			return testBody + "\n"
		}},
		{name: "cut off", preset: "linktree", seen: true, want: end, detail: "stops in the middle", send: bodies(jsonBody, jsonBody[:50])},
		{name: "cut off, with a Content-Length", preset: "linktree", seen: true, want: end, detail: "the Content-Length is 40", send: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, "a form=of+40+bytes")
			h.Set("Content-Length", "40")
			return "a"
		}},
		{name: "read before", preset: "linktree", seen: true, want: []verify.Mistake{verify.MistakeBodyEmpty}, send: bodies(testBody, "")},
		{name: "CRLF to LF", preset: "shopify", want: text, send: bodies("a\r\nb", "a\nb")},
		{name: "LF to CRLF", preset: "shopify", want: text, send: bodies("a\nb", "a\r\nb")},
		{name: "BOM lost", preset: "linktree", want: text, detail: "with a byte order mark", send: bodies("\ufeff"+jsonBody, jsonBody)},
		{name: "BOM added", preset: "linktree", want: text, detail: "without its byte order mark", send: bodies(jsonBody, "\ufeff"+jsonBody)},
		{name: "Latin-1 to UTF-8", preset: "github", want: text, detail: "from UTF-8 to Latin-1", send: bodies(latin1, latin)},
		{name: "UTF-8 to Latin-1", preset: "github", want: text, detail: "from Latin-1 to UTF-8", send: bodies(latin, latin1)},
		{name: "UTF-8 twice, by way of Latin-1", preset: "github", want: text, send: bodies(latin, strings.ReplaceAll(latin, "é", "Ã©"))},
		{name: "UTF-8 twice, by way of Windows-1252", preset: "github", want: text, detail: "Windows-1252", send: bodies(quoted, strings.ReplaceAll(quoted, "’", "â€™"))},
		{name: "a gateway's base64", preset: "linktree", want: text, send: bodies(testBody, base64.StdEncoding.EncodeToString([]byte(testBody)))},
		{name: "base64 undone by a gateway", preset: "linktree", want: text, send: bodies(base64.StdEncoding.EncodeToString([]byte(testBody)), testBody)},
		{name: "still compressed", preset: "linktree", want: text, detail: "decompressed", send: bodies(jsonBody, gzipped(jsonBody))},
		{name: "decompressed by a layer before", preset: "linktree", seen: true, want: text, detail: "Content-Encoding", send: func(p *preset, h http.Header) string {
			p.sign(h, p.new, "id-1", now, gzipped(jsonBody))
			h.Set("Content-Encoding", "gzip")
			return jsonBody
		}},
		{name: "JSON in a JSON string", preset: "linktree", want: text, detail: "taken out", send: bodies(`{"a":"<é>"}`, `"{\"a\":\"<\u00e9>\"}"`)},
		{name: "signed as a JSON string", preset: "linktree", want: text, detail: "as a JSON string", send: bodies(`"{\"a\":\"<é>\"}"`, `{"a":"<é>"}`)},
		{name: "bytes lost in a conversion", preset: "github", seen: true, want: text, detail: "U+FFFD", send: bodies(latin1, strings.ToValidUTF8(latin1, "\ufffd"))},
	}
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.String()
}

// reprinted is what other programs make of jsonBody, unless it says from what.
var reprinted = []struct{ how, signed, from string }{
	{how: "Python", signed: `{"type": "a.b", "data": {"url": "https://x.test/?a=1&b=2", "name": "\u00e9\ud83d\ude00", "n": 1.50, "list": [1, 2]}, "a": "<b>"}`},
	{how: "Python, ensure_ascii", signed: `{"type": "a.b", "data": {"url": "https://x.test/?a=1&b=2", "name": "é😀", "n": 1.50, "list": [1, 2]}, "a": "<b>"}`},
	{how: "Python, sorted", signed: `{"a": "<b>", "data": {"list": [1, 2], "n": 1.50, "name": "é😀", "url": "https://x.test/?a=1&b=2"}, "type": "a.b"}`},
	{how: "Python, indented", signed: "{\n  \"a\": \"\\u00e9\",\n  \"b\": []\n}", from: `{"a":"é","b":[]}`},
	{how: "PHP", signed: `{"type":"a.b","data":{"url":"https:\/\/x.test\/?a=1&b=2","name":"\u00e9\ud83d\ude00","n":1.50,"list":[1,2]},"a":"<b>"}`},
	{how: "PHP, pretty", signed: "{\n    \"u\": \"https:\\/\\/x\"\n}", from: `{"u":"https://x"}`},
	{how: "Go, a map", signed: `{"a":"\u003cb\u003e","data":{"list":[1,2],"n":1.50,"name":"é😀","url":"https://x.test/?a=1\u0026b=2"},"type":"a.b"}`},
	{how: "Go, a struct", signed: `{"type":"a.b","data":{"url":"https://x.test/?a=1\u0026b=2","name":"é😀","n":1.50,"list":[1,2]},"a":"\u003cb\u003e"}`},
	{how: "Go, indented", signed: "{\n  \"u\": \"?a=1\\u0026b\",\n  \"v\": [\n    1\n  ]\n}", from: `{"u":"?a=1&b","v":[1]}`},
	{how: "Go, back from indented", signed: `{"u":"?a=1\u0026b","v":[1]}`, from: "{\n\t\"u\": \"?a=1&b\",\n\t\"v\": [\n\t\t1\n\t]\n}"},
	{how: "ASCII and HTML escaped", signed: `{"type":"a.b","data":{"url":"https://x.test/?a=1\u0026b=2","name":"\u00e9\ud83d\ude00","n":1.50,"list":[1,2]},"a":"\u003cb\u003e"}`},
	{how: ".NET", signed: `{"a":"\u003Cit\u0027s \u0022\u00E9\u0022\u003E","n":1e+5}`, from: `{"a":"<it's \"é\">","n":1e+5}`},
	{how: "ASCII in upper case", signed: `{"a":"\u00C9"}`, from: `{"a":"É"}`},
	{how: "Gson", signed: `{"a":"1 \u003d\u003d it\u0027s \u003cé\u003e"}`, from: `{"a":"1 == it's <é>"}`},
	{how: "JavaScript, of PHP's", signed: `{"u":"https://x/é"}`, from: `{"u":"https:\/\/x\/\u00e9"}`},
	{how: "JavaScript, a line separator", signed: "{\"u\":\"a\u2028b\"}", from: `{"u":"a\u2028b"}`},
	{how: "indented by two", signed: "{\n  \"type\": \"a.b\",\n  \"data\": {\n    \"url\": \"https://x.test/?a=1&b=2\",\n    \"name\": \"é😀\",\n    \"n\": 1.50,\n    \"list\": [\n      1,\n      2\n    ]\n  },\n  \"a\": \"<b>\"\n}"},
	{how: "indented by tabs", signed: "{\n\t\"type\": \"a.b\",\n\t\"data\": {\n\t\t\"url\": \"https://x.test/?a=1&b=2\",\n\t\t\"name\": \"é😀\",\n\t\t\"n\": 1.50,\n\t\t\"list\": [\n\t\t\t1,\n\t\t\t2\n\t\t]\n\t},\n\t\"a\": \"<b>\"\n}"},
	{how: "indented by 4, sorted", signed: "{\n    \"a\": \"<b>\",\n    \"data\": {\n        \"list\": [\n            1,\n            2\n        ],\n        \"n\": 1.50,\n        \"name\": \"é😀\",\n        \"url\": \"https://x.test/?a=1&b=2\"\n    },\n    \"type\": \"a.b\"\n}"},
	{how: "sorted", signed: `{"a":"<b>","data":{"list":[1,2],"n":1.50,"name":"é😀","url":"https://x.test/?a=1&b=2"},"type":"a.b"}`},
	{how: "form, sorted", signed: "a=1&b=x+y&c=%C3%A9", from: "c=%C3%A9&b=x+y&a=1"},
	{how: "form, %20 for +", signed: "b=x%20y&a=1%2F2", from: "b=x+y&a=1%2F2"},
	{how: "form, + for %20", signed: "b=x+y&a=1%2F2", from: "b=x%20y&a=1%2F2"},
	{how: "form, in lower case", signed: "b=x+y&a=1%2f2%c3%a9", from: "b=x+y&a=1%2F2%C3%A9"},
	{how: "form, JavaScript", signed: "b=it's%20(x)!&a=~*", from: "b=it%27s+%28x%29%21&a=~%2A"},
	{how: "form, a browser", signed: "b=it%27s+%28x%29&a=%7E*", from: "b=it%27s+%28x%29&a=~%2A"},
}

func reprintMismatches() []mismatch {
	var list []mismatch
	for _, r := range reprinted {
		if r.from == "" {
			r.from = jsonBody
		}
		list = append(list, mismatch{
			name: "reprinted: " + r.how, preset: "linktree", send: bodies(r.signed, r.from), want: []verify.Mistake{verify.MistakeBodyReprinted},
		})
	}
	return list
}

func partMismatches() []mismatch {
	part := []verify.Mistake{verify.MistakeBodyPart}
	form := "payload=" + url.QueryEscape(jsonBody)
	return []mismatch{
		{name: "the form's payload was signed", preset: "slack", want: part, detail: `"payload" alone`, send: bodies(jsonBody, form)},
		{name: "the form was signed, its payload came", preset: "github", want: part, detail: `the form whose field "payload"`, send: bodies(form, jsonBody)},
		{name: "the form was signed, its payload came, %20", preset: "github", want: part, send: bodies("payload=%7B%22a%22%3A%22b%20c%22%7D", `{"a":"b c"}`)},
		{name: "another field was signed", preset: "slack", want: part, detail: "field 2", send: bodies(jsonBody, "x=1&body="+url.QueryEscape(jsonBody))},
		{name: "only data was signed", preset: "linktree", want: part, detail: "member 2", send: bodies(`{"id": 1}`, `{"type":"a.b","data":{"id": 1}}`)},
	}
}

// unnamedMismatches are those that can't be named, and why.
func unnamedMismatches() []mismatch {
	return []mismatch{
		{name: "a guessed secret", preset: "linktree", send: signedWith("a guess"), unnamed: "only the sender knows its secret"},
		{name: "another body", preset: "stripe", send: bodies(testBody, jsonBody), unnamed: "the signed body is not there"},
		{name: "members in another order", preset: "linktree", send: bodies(`{"b":1,"c":2,"a":3}`, `{"a":3,"b":1,"c":2}`), unnamed: "the order is lost, and there are too many to try"},
		{name: "a number printed anew", preset: "linktree", send: bodies(`{"n":1.50}`, `{"n":1.5}`), unnamed: "how it was written is lost"},
		{name: "a large number, as a float", preset: "linktree", send: bodies(`{"n":12345678901234567890}`, `{"n":12345678901234567000}`), unnamed: "its digits are lost"},
		{name: "a member twice", preset: "linktree", send: bodies(`{"a":1,"a":2}`, `{"a":2}`), unnamed: "the first is lost"},
		{name: "the URL was signed, too", preset: "linktree", send: linktreeOf(unix(now), hexMAC("new secret", "https://x.test/hook"+testBody)), unnamed: "Explain doesn't see the URL"},
		{name: "another Unicode normal form", preset: "github", send: bodies("cafe\u0301", "caf\u00e9"), unnamed: "normal forms are not in the standard library"},
	}
}
