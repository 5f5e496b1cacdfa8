package check_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/linktree"
	"github.com/hooklatch/hooklatch/linktree/api"
	"github.com/hooklatch/hooklatch/linktree/api/check"
	"github.com/hooklatch/hooklatch/linktree/api/internal/rig"
	"github.com/hooklatch/hooklatch/linktree/linktreetest"
)

// A site is all that a check looks at, on real sockets: a fake Linktree, and a
// receiver with a certificate of its own that is subscribed to everything. A
// test spoils something, and checks.
type site struct {
	fake   *linktreetest.Provider
	ada    *linktreetest.Creator
	owner  *api.Client // with another token than the one that is checked
	token  string
	ctx    context.Context
	client api.Options
	check  check.Options
	base   string // of the API

	receiver *httptest.Server
	answer   http.HandlerFunc // of the receiver
	heads    []*http.Request  // that it got
}

// hidden are parts of the receiver's URL that only the provider should know.
const hiddenPath, hiddenQuery = "/hooks/p4th-9f21", "key=qu3ry-77ac"

func newSite(t *testing.T) *site {
	t.Helper()
	fake := linktreetest.New(&linktreetest.Options{SkipReachability: true})
	srv := httptest.NewServer(fake)
	t.Cleanup(func() {
		fake.Close()
		srv.Close()
	})
	ada := fake.Creator("ada")
	ada.CreateLink("Shop", "https://shop.example")
	s := &site{
		fake: fake, ada: ada, token: ada.Token(), ctx: t.Context(), base: srv.URL,
		owner:  rig.Client(t, srv.URL, ada.Token(), nil),
		answer: func(http.ResponseWriter, *http.Request) {},
	}
	s.receiver = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.heads = append(s.heads, r)
		s.answer(w, r)
	}))
	s.receiver.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.receiver.TLS = certificate(t, -time.Hour, 90*24*time.Hour, "127.0.0.1")
	t.Cleanup(s.receiver.Close)
	s.check.WebhookURL = "https://" + s.receiver.Listener.Addr().String() + hiddenPath + "?" + hiddenQuery
	s.subscribe(t, s.check.WebhookURL)
	return s
}

func (s *site) subscribe(t *testing.T, url string) {
	t.Helper()
	if _, err := s.owner.CreateWebhook(t.Context(), url, linktree.EventTypes()); err != nil {
		t.Fatal(err)
	}
}

// report runs the check, and sees to it that its report keeps the secrets.
func (s *site) report(t *testing.T) *check.Report {
	t.Helper()
	if s.check.RootCAs == nil {
		s.check.RootCAs = pool(s.receiver.TLS)
	}
	if s.receiver.URL == "" {
		s.receiver.StartTLS()
	}
	r := check.Run(s.ctx, rig.Client(t, s.base, s.token, &s.client), &s.check)
	keepsSecrets(t, r, s.token, "Bearer", hiddenPath, hiddenQuery, s.fake.Secret())
	return r
}

// keepsSecrets looks for the secrets in all texts of the report.
func keepsSecrets(t *testing.T, r *check.Report, secrets ...string) {
	t.Helper()
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Error(err)
	}
	texts := []string{r.String(), string(encoded)}
	for _, item := range r.Items {
		texts = append(texts, item.Detail)
		if item.Err != nil {
			texts = append(texts, item.Err.Error())
		}
	}
	for _, text := range texts {
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("the report has %q:\n%s", s, text)
			}
		}
	}
}

// outcome writes the report in a line, without the items that have passed.
func outcome(r *check.Report) string {
	var all []string
	for _, item := range r.Items {
		if item.Status != check.Pass {
			all = append(all, item.Name+"="+string(item.Status))
		}
	}
	return strings.Join(all, " ")
}

func find(t *testing.T, r *check.Report, name string) check.Item {
	t.Helper()
	i := slices.IndexFunc(r.Items, func(item check.Item) bool { return item.Name == name })
	if i < 0 {
		t.Fatalf("no item %s in\n%s", name, r)
	}
	return r.Items[i]
}

// certificate returns a configuration with a fresh certificate that is valid
// from and until these times from now. Who trusts it trusts nothing else.
func certificate(t *testing.T, from, until time.Duration, host string) *tls.Config {
	t.Helper()
	return issue(t, from, until, host, nil, x509.ExtKeyUsageServerAuth)
}

// issue is certificate with an issuer; nil is none. The chain goes with it.
func issue(t *testing.T, from, until time.Duration, host string, issuer *tls.Config, usage x509.ExtKeyUsage) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subject := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: rand.Text()},
		NotBefore:             time.Now().Add(from),
		NotAfter:              time.Now().Add(until),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{usage},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		subject.IPAddresses = []net.IP{ip}
	} else {
		subject.DNSNames = []string{host}
	}
	parent, by, chain := subject, crypto.PrivateKey(key), [][]byte(nil)
	if issuer != nil {
		c := issuer.Certificates[0]
		parent, by, chain = c.Leaf, c.PrivateKey, c.Certificate
	}
	der, err := x509.CreateCertificate(rand.Reader, subject, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{
		Certificate: append([][]byte{der}, chain...), PrivateKey: key, Leaf: leaf,
	}}}
}

// pool trusts the last certificate of the chain.
func pool(c *tls.Config) *x509.CertPool {
	chain := c.Certificates[0].Certificate
	p := x509.NewCertPool()
	if cert, err := x509.ParseCertificate(chain[len(chain)-1]); err == nil {
		p.AddCert(cert)
	}
	return p
}
