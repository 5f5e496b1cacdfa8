package linktreetest

import (
	"net"
	"net/http"
	"time"
)

const dripPause = time.Second

// end writes an answer, whose headers are set, the way its fault has it.
func (p *Provider) end(w http.ResponseWriter, x *exchange, status int, body []byte) {
	switch x.fault.Ending {
	case Hang:
		select {
		case <-x.fault.removed:
		case <-x.Context().Done():
			panic(http.ErrAbortHandler)
		case <-p.ctx.Done():
			panic(http.ErrAbortHandler)
		}
	case Reset:
		reset(w)
	case Cut:
		if len(body) == 0 {
			reset(w)
		}
		p.write(w, x, status, body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case Drip:
		p.drip(w, x, status, body)
		return
	}
	p.write(w, x, status, body)
}

func (p *Provider) write(w http.ResponseWriter, x *exchange, status int, body []byte) {
	p.note(x, status)
	w.WriteHeader(status)
	_, _ = w.Write(body) // it fails only if the client is gone
	if len(body) > 0 {
		_ = http.NewResponseController(w).Flush()
	}
}

// note enters the answer's status in the log, before the client has it.
func (p *Provider) note(x *exchange, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.entry.Status = status
}

func (p *Provider) drip(w http.ResponseWriter, x *exchange, status int, body []byte) {
	p.write(w, x, status, nil)
	for i := range body {
		if i > 0 {
			select {
			case <-time.After(dripPause):
			case <-x.Context().Done():
				panic(http.ErrAbortHandler)
			case <-p.ctx.Done():
				panic(http.ErrAbortHandler)
			}
		}
		_, _ = w.Write(body[i : i+1])
		_ = http.NewResponseController(w).Flush()
	}
}

// reset ends the connection of a request without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: ends the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // RST in place of FIN
	}
	_ = conn.Close()
	panic(http.ErrAbortHandler)
}
