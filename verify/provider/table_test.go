package provider_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/verify"
	"github.com/hooklatch/hooklatch/verify/provider"
)

var update = flag.Bool("update", false, "write docs/providers.md")

const tableFile = "../../docs/providers.md"

// TestTable: docs/providers.md is what the rows say. To write it again:
//
//	go test ./verify/provider -run TestTable -update
func TestTable(t *testing.T) {
	want := table()
	if *update {
		if err := os.WriteFile(tableFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/providers.md is stale: go test ./verify/provider -run TestTable -update")
	}
}

const tableIntro = `# Providers

Each row is a value of package [verify/provider](../verify/provider), from which this page is made. The constructor's documentation says more: what the secret is, and what to watch for.

- **Signed**: what the signature covers, and how. A token is a secret that the request carries: it covers nothing.
- **Id**: what the receiver tells deliveries apart by. A *digest* is the SHA-256 of the body, where the provider sends no id: two deliveries of equal bodies are then one.
- **Not signed**: what an attacker who has captured one genuine request can change, or, where it is the time, can send again at any time.
- **Retries**: after which waits, or for how long, the provider tries again. Remember ids for longer; ` + "`provider.Info.CheckRetention`" + ` compares. Empty: the provider says nothing that we have found. Most of these figures have not been compared again with the providers' pages, which change without notice, and no test of ours can see it: check what you rely on.
- **Time-out**: how long the provider waits for the answer.
- **Proof**: a *published vector* is a request that the provider or a library for it has published; with *the provider's library*, each verifies what the other signs. *Signed by us only* is weaker: the scheme does what the documentation says, as we read it.

`

func table() []byte {
	all := provider.All()
	slices.SortFunc(all, func(a, b provider.Info) int {
		return cmp.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	var b bytes.Buffer
	b.WriteString(tableIntro)
	fmt.Fprintf(&b, "%d providers.\n\n", len(all))
	b.WriteString("| provider | constructor | signed | id | type | not signed | retries | time-out | proof |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, i := range all {
		timeout := ""
		if i.Timeout > 0 {
			timeout = short(i.Timeout)
		}
		cells := []string{
			"[" + i.Title + "](" + i.Docs + ")", "`" + i.Name + "`", signed(i), id(i.Spec), typ(i.Spec), i.Unsigned, retries(i.Retries), timeout, i.Proof.String(),
		}
		for j, cell := range cells {
			cells[j] = strings.ReplaceAll(cell, "|", `\|`)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	b.WriteString(tableEnd)
	return b.Bytes()
}

const tableEnd = `
## What needs code of yours

A provider that is not here needs a [` + "`verify.Spec`" + `](https://pkg.go.dev/github.com/hooklatch/hooklatch/verify#Spec), some ten lines, if it signs with an HMAC, ed25519 or ECDSA over P-256, or sends a token. Where something else than the body's bytes is signed, or the signature is in the body, add an ` + "`Open`" + ` function.

Write a ` + "`verify.Verifier`" + `, or a ` + "`verify.RequestVerifier`" + ` where the method or the URL counts, for providers that send JSON Web Tokens (Plaid, Google Pub/Sub push, monday.com, Netlify, Event Grid with Entra), that sign with certificates (Amazon SNS, PayPal), and for Contentful, which signs a list of headers that the request names.

A body may hold several events. The id then stands for the request: all its events are delivered, and retried, together.
`

func signed(i provider.Info) string {
	s := i.Spec
	where := "in `" + s.Headers.Signature + "`"
	if s.Headers.Signature == "" {
		where = "in the body"
	}
	if s.TokenQuery != "" {
		where += " or the query's `" + s.TokenQuery + "`"
	}
	switch {
	case s.Token == verify.TokenText:
		return "token " + where
	case s.Token == verify.TokenAuthorization:
		return "token " + where + ", Bearer or Basic"
	}
	how := "HMAC-SHA256"
	if s.Hash != 0 {
		how = "HMAC-" + strings.ReplaceAll(s.Hash.String(), "SHA-", "SHA")
	}
	switch s.Name {
	case "discord", "telnyx":
		how = "ed25519"
	case "standard-webhooks", "outpost-standard", "gitlab-signed":
		how += " or ed25519"
	case "sendgrid":
		how = "ECDSA P-256"
	}
	text := "`" + cmp.Or(s.Signed, "{body}") + "`"
	switch s.Name {
	case "adyen":
		text = "eight fields"
	case "braintree":
		text = "the payload"
	case "mailgun":
		text = "time and token"
	case "mandrill", "twilio":
		text = "`{url}` and the form, or the body's digest"
	}
	if s.Name == "mandrill" {
		text = "`{url}` and the form"
	}
	if s.TimestampMember != "" {
		text += ", in it the time `" + s.TimestampMember + "`"
	}
	return how + " of " + text + ", " + s.Encoding.String() + " " + where
}

func id(s verify.Spec) string {
	var ways []string
	if s.Headers.ID != "" {
		ways = append(ways, "`"+s.Headers.ID+"`")
	}
	for _, m := range s.IDMembers {
		ways = append(ways, "body's `"+m+"`")
	}
	switch s.Name {
	case "adyen":
		ways = append(ways, "pspReference, eventCode, success")
	case "braintree":
		ways = append(ways, "digest of the payload")
	case "mailgun":
		ways = append(ways, "body's `event-data.id`")
	}
	if s.DigestID {
		ways = append(ways, "digest")
	}
	return cmp.Or(strings.Join(ways, ", else "), "none")
}

func typ(s verify.Spec) string {
	var ways []string
	if s.Headers.Type != "" {
		ways = append(ways, "`"+s.Headers.Type+"`")
	}
	for _, m := range s.TypeMembers {
		ways = append(ways, "body's `"+m+"`")
	}
	switch s.Name {
	case "adyen":
		ways = append(ways, "eventCode")
	case "braintree":
		ways = append(ways, "kind")
	case "mailgun":
		ways = append(ways, "body's `event-data.event`")
	case "twilio":
		ways = append(ways, "the form's")
	}
	return strings.Join(ways, ", else ")
}

func retries(r provider.Retries) string {
	switch {
	case !r.Known:
		return ""
	case r.Horizon == 0:
		return "never"
	case r.Waits == nil:
		return "for " + short(r.Horizon)
	}
	var waits []string
	for _, w := range r.Waits {
		waits = append(waits, short(w))
	}
	return strings.Join(waits, ", ")
}

// short is d without what is zero in it.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = text[:len(text)-2]
	}
	if strings.HasSuffix(text, "h0m") {
		text = text[:len(text)-2]
	}
	return text
}

// TestRows: every constructor has a row, and every row a constructor and what
// the table needs.
func TestRows(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var constructors, rows []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.IsExported() && f.Type.Results.NumFields() == 2 && f.Name.Name != "Lookup" {
				constructors = append(constructors, f.Name.Name)
			}
		}
	}
	for _, i := range provider.All() {
		rows = append(rows, i.Name)
		if i.Title == "" || !strings.HasPrefix(i.Docs, "https://") {
			t.Errorf("%s: Title %q, Docs %q", i.Name, i.Title, i.Docs)
		}
		if found, ok := provider.Lookup(i.Spec.Name); !ok || found.Name != i.Name {
			t.Errorf("Lookup(%q) = %q, %v", i.Spec.Name, found.Name, ok)
		}
		var sum time.Duration
		for _, w := range i.Retries.Waits {
			sum += w
		}
		if r := i.Retries; r.Waits != nil && (sum != r.Horizon || !r.Known) || r.Horizon != 0 && !r.Known {
			t.Errorf("%s: %+v", i.Name, r)
		}
		if i.NeedsURL() != strings.Contains(i.Spec.Signed, "{url}") {
			t.Errorf("%s: NeedsURL = %v", i.Name, i.NeedsURL())
		}
	}
	slices.Sort(constructors)
	slices.Sort(rows)
	if !slices.Equal(constructors, rows) || len(rows) < 35 {
		t.Errorf("constructors %q\nrows %q", constructors, rows)
	}
	if _, ok := provider.Lookup("unknown"); ok {
		t.Error("Lookup found an unknown provider")
	}
}

// TestProofs: the rows claim a published vector where there is one, and nowhere
// else.
func TestProofs(t *testing.T) {
	have := map[string]bool{}
	for _, v := range vectors {
		s, err := v.make(v.secret)
		if err != nil {
			t.Fatal(err)
		}
		have[s.Name()] = true
	}
	for _, v := range published {
		s, err := v.make(v.secret)
		if err != nil {
			t.Fatal(err)
		}
		have[s.Name()] = true
	}
	for _, i := range provider.All() {
		if (i.Proof == provider.ProofVector) != have[i.Spec.Name] || (i.Proof == provider.ProofToken) != (i.Spec.Token != 0) {
			t.Errorf("%s: proof %q, a vector: %v", i.Name, i.Proof, have[i.Spec.Name])
		}
	}
}

func TestCheckRetention(t *testing.T) {
	for _, c := range []struct {
		name string
		d    time.Duration
		ok   bool
	}{
		{"stripe", 72 * time.Hour, true},
		{"stripe", 71 * time.Hour, false},
		{"standard-webhooks", 72 * time.Hour, false}, // its last retry comes after 75h35m5s
		{"linktree", 20*time.Minute + 10*time.Second, true},
		{"linktree", 20 * time.Minute, false},
		{"github", time.Second, true},
		{"tally", time.Second, true}, // says nothing
	} {
		i, ok := provider.Lookup(c.name)
		if !ok {
			t.Fatal(c.name)
		}
		if err := i.CheckRetention(c.d); (err == nil) != c.ok {
			t.Errorf("%s, %v: %v", c.name, c.d, err)
		}
	}
}
