package redact

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// known masks the types of the standard library that are personal, or secret,
// by what they are.
func (w *walk) known(x any) (out any, changed, known bool) {
	switch x := x.(type) {
	case netip.Addr:
		masked := network(x)
		return masked, masked != x, true
	case netip.AddrPort:
		masked := netip.AddrPortFrom(network(x.Addr()), x.Port())
		return masked, masked != x, true
	case netip.Prefix:
		masked := netip.PrefixFrom(network(x.Addr()), x.Bits())
		return masked, masked != x, true
	case net.IP:
		out, changed := networkIP(x)
		return out, changed, true
	case *net.IPNet:
		ip, changed := networkIP(x.IP)
		return &net.IPNet{IP: ip, Mask: x.Mask}, changed, true
	case *net.IPAddr:
		ip, changed := networkIP(x.IP)
		return &net.IPAddr{IP: ip}, changed || x.Zone != "", true
	case *net.TCPAddr:
		ip, changed := networkIP(x.IP)
		return &net.TCPAddr{IP: ip, Port: x.Port}, changed || x.Zone != "", true
	case *net.UDPAddr:
		ip, changed := networkIP(x.IP)
		return &net.UDPAddr{IP: ip, Port: x.Port}, changed || x.Zone != "", true
	case *url.URL:
		s := w.text(x.String())
		return s, s != x.String(), true
	case url.URL:
		s := w.text(x.String())
		return s, s != x.String(), true
	case *url.Userinfo, *http.Cookie, http.Cookie:
		return Mask, true, true
	case *multipart.Form:
		return Mask, true, true
	case json.RawMessage:
		if !json.Valid(x) {
			s := w.text(string(x))
			return s, s != string(x), true
		}
		out, changed := w.json(x)
		return out, changed, true
	}
	return nil, false, false
}

// networkIP is [network] for the older type.
func networkIP(ip net.IP) (net.IP, bool) {
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return ip, false
	}
	masked := network(addr)
	return net.IP(masked.AsSlice()), masked != addr
}

var addresses = []reflect.Type{
	reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix](), reflect.TypeFor[net.IP](),
}

// isAddress reports whether t holds an address in another form than text.
func isAddress(t reflect.Type) bool { return slices.Contains(addresses, t) }

// json masks a JSON text.
func (w *walk) json(b []byte) (json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var x any
	if d.Decode(&x) != nil {
		return json.RawMessage(`"` + Mask + `"`), true
	}
	masked, changed := w.value(reflect.ValueOf(x), 0)
	switch {
	case changed:
	case tokens(b) == size(x):
		return b, false
	default: // a name was there twice, and only one of its values looked at
		masked = x
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(masked) != nil {
		return json.RawMessage(`"` + Mask + `"`), true
	}
	return json.RawMessage(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), true
}

// isJSON reports whether s is an object or a list in JSON.
func isJSON(s string) bool {
	s = strings.Trim(s, " \t\r\n")
	if len(s) < 2 || s[0] != '{' && s[0] != '[' || s[len(s)-1] != s[0]+2 {
		return false
	}
	return json.Valid([]byte(s))
}

// tokens returns of how many names, values, objects and lists a JSON text
// consists.
func tokens(b []byte) (n int) {
	d := json.NewDecoder(bytes.NewReader(b))
	for {
		switch t, err := d.Token(); {
		case err != nil:
			return n
		case t != json.Delim('}') && t != json.Delim(']'):
			n++
		}
	}
}

// size is what [tokens] is for x decoded, unless names were there twice.
func size(x any) int {
	n := 1
	switch x := x.(type) {
	case map[string]any:
		for _, v := range x {
			n += 1 + size(v)
		}
	case []any:
		for _, v := range x {
			n += size(v)
		}
	}
	return n
}
