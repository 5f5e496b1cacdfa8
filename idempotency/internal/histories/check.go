package histories

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTime is far more than a short history takes: no proof is given up under
// load.
const checkTime = time.Minute

// Check returns what is wrong with the history, or "".
func (c Contract) Check(history []porcupine.Operation) string {
	for _, ops := range partition(history) {
		model := c.Model()
		switch porcupine.CheckOperationsTimeout(model, ops, checkTime) {
		case porcupine.Ok:
		case porcupine.Unknown:
			return fmt.Sprintf("not decided in %v:\n%s", checkTime, describe(ops))
		default:
			return "no order of these calls keeps the contract:\n" + describe(ops)
		}
	}
	return ""
}

// describe lists the calls in the order in which they were made.
func describe(ops []porcupine.Operation) string {
	ops = slices.Clone(ops)
	slices.SortFunc(ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
	var lines strings.Builder
	for _, op := range ops {
		call, answer := op.Input.(Call), op.Output.(Answer)
		returned := fmt.Sprint(op.Return)
		if answer.Err == Failed {
			returned = "–"
		}
		fmt.Fprintf(&lines, "  %4d–%-4s client %d  %v–%v  %v → %v\n", op.Call, returned, op.ClientId, call.At, answer.At, call, answer)
	}
	return lines.String()
}
