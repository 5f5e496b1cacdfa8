package discreet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/hooklatch/hooklatch/transport"
)

// Why a request got no answer. ErrDNS and ErrTLS are kinds of ErrNetwork.
var (
	ErrNetwork = errors.New("the network failed")
	ErrDNS     = fmt.Errorf("%w: the name can't be resolved", ErrNetwork)
	ErrTLS     = fmt.Errorf("%w: TLS", ErrNetwork)
)

// layers are what the layers' errors are told by, and must be told by after they
// have been stripped.
var layers = []error{
	transport.ErrCircuitOpen, transport.ErrLocalLimit, transport.ErrTimeout,
	transport.ErrTooLarge, transport.ErrNoToken, transport.ErrRedirected,
}

// Cause returns what is fit to show of an error of the transport: without the
// URL that [url.Error] prints, and without text that repeats the query or the
// Authorization header. It wraps one of the errors above, or of package
// transport, or is the end of a context.
func Cause(err error, u *url.URL) error {
	inner := strip(err)
	if text := inner.Error(); u.RawQuery != "" && strings.Contains(text, u.RawQuery) || strings.Contains(text, "Bearer ") {
		inner = withheld{inner}
	}
	for _, kind := range layers {
		if errors.Is(err, kind) {
			return withKind(inner, kind)
		}
	}
	var timed net.Error // of the context's deadline too
	if errors.As(err, &timed) && timed.Timeout() {
		return withKind(inner, transport.ErrTimeout)
	}
	if kind := networkKind(err); kind != nil {
		return withKind(inner, kind)
	}
	return inner
}

func withKind(err, kind error) error {
	if errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// networkKind tells what broke the connection, if it was no layer and no
// context.
func networkKind(err error) error {
	var (
		name   *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  *net.OpError // crypto/tls has no exported type for it
	)
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &name):
		return ErrDNS
	case errors.As(err, &cert), errors.As(err, &record),
		errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error"):
		return ErrTLS
	}
	return ErrNetwork
}

// NeverSent tells whether a request that ended with the error can't have reached
// the server: there was no connection.
func NeverSent(err error) bool {
	var name *net.DNSError
	var cert *tls.CertificateVerificationError
	var op *net.OpError
	return errors.As(err, &name) || errors.As(err, &cert) || errors.As(err, &op) && op.Op == "dial"
}

// errNoReason stands for an [url.Error] that wraps nothing, and would panic when
// it is printed.
var errNoReason = errors.New("the transport failed without a reason")

// strip returns err without the URL that an [url.Error] adds. Package transport
// does the same for what comes through its layers.
func strip(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) {
			return err
		}
		if err = u.Err; err == nil {
			return errNoReason
		}
	}
}

// withheld is an error whose text must not be shown. It can be asked for what
// it is, but not unwrapped.
type withheld struct{ err error }

func (w withheld) Error() string        { return fmt.Sprintf("%T, whose text is withheld", w.err) }
func (w withheld) Is(target error) bool { return errors.Is(w.err, target) }
