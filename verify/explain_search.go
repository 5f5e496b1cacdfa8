package verify

import "net/http"

// maxWork is how many bytes Explain hashes at most.
const maxWork = 64 << 20

// A diagnosis is one call of Explain.
type diagnosis struct {
	scheme    *Scheme
	e         *Explanation
	header    http.Header
	providers []Spec

	parts      parts    // but for timestamp and id
	spec       *Spec    // the scheme's, or that of the provider whose headers came
	signature  []string // the lines of its header
	timestamp  string
	id         string
	candidates []candidate
	budget     int // bytes left to hash
}

// A candidate is a signature that was sent, decoded.
type candidate struct {
	bytes    []byte
	findings []Finding // none if it is written as it should be
}

func (d *diagnosis) find(m Mistake, detail string) {
	d.e.Findings = append(d.e.Findings, Finding{m, detail})
}

// search tries each variant alone, then each two of different kinds. The first
// of each kind is what the scheme itself would do.
func (d *diagnosis) search(keys []keyVariant, formats []formatVariant, bodies []bodyVariant) {
	sums := newHasher(d.scheme.spec.Hash, d.candidates)
	for level := range 3 {
		for b := range bodies {
			for f := range formats {
				for k := range keys {
					if min(b, 1)+min(f, 1)+min(k, 1) != level {
						continue
					}
					d.budget -= sums.cost(&keys[k], len(bodies[b].bytes))
					if d.budget < 0 {
						d.e.Incomplete = true
						return
					}
					if d.try(sums, &keys[k], &formats[f], &bodies[b]) {
						return
					}
				}
			}
		}
	}
}

// try reports whether this is how one of the candidates was made, and if it is
// adds the findings. A signature that needs no secret to make proves nothing.
func (d *diagnosis) try(sums *hasher, k *keyVariant, f *formatVariant, b *bodyVariant) bool {
	i, hashed := sums.made(k, f, b.bytes)
	if i < 0 {
		return false
	}
	d.e.Matched = !k.known
	d.e.Findings = append(d.e.Findings, d.candidates[i].findings...)
	for _, finding := range [...]*Finding{hashed, k.finding, f.finding, b.finding} {
		if finding != nil {
			d.e.Findings = append(d.e.Findings, *finding)
		}
	}
	return true
}
