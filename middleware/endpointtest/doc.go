// Package endpointtest checks the first promise of an endpoint over a store:
// whatever endpoints share (process, store, server, provider, secret, body), each
// of them gets each of its deliveries once, with nothing but their names. It is
// for authors of stores, beside package storetest.
//
//	if err := endpointtest.Check(newStore("mine"), newStore("another service's")); err != nil {
//		t.Error(err)
//	}
package endpointtest
