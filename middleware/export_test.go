package middleware

// Used returns how many bytes are taken from the budget.
func (b *Budget) Used() int64 { return b.used.Load() }

// Waiting returns how many claims are waited for, and by how many deliveries.
func (e *Endpoint) Waiting() (claims, deliveries int) {
	e.waiting.mu.Lock()
	defer e.waiting.mu.Unlock()
	return len(e.waiting.waiting), e.waiting.all
}

// Completing returns how many claims are to be completed late.
func (e *Endpoint) Completing() int {
	e.completing.mu.Lock()
	defer e.completing.mu.Unlock()
	return len(e.completing.grants)
}
