package process_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hooklatch/hooklatch/bench/process"
)

func TestProcess(t *testing.T) {
	const script = `echo "127.0.0.1:1"; i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; exec sleep 60`
	p, err := process.Start(t.Context(), 0, "", []string{"X=y"}, "sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	if p.Addr != "127.0.0.1:1" {
		t.Errorf("address %q", p.Addr)
	}
	now, peak, err := p.Memory()
	if err != nil || now <= 0 || peak < now {
		t.Errorf("memory %d, peak %d, %v", now, peak, err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		used, err := p.CPU()
		if err != nil {
			t.Fatal(err)
		}
		if used > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it has counted up to 300,000 in no time")
		}
	}
}

func TestNoAddress(t *testing.T) {
	_, err := process.Start(t.Context(), 0, "", nil, "sh", "-c", "exit 3")
	if err == nil || !strings.Contains(err.Error(), "did not print its address") {
		t.Errorf("error %v", err)
	}
}
