package inboxtest

// The sentences of the contract that failures quote, word for word.
const (
	rulePut       = "Put stores the delivery and makes it Waiting, unless the box knows it: then it changes nothing, and the Receipt is that of a duplicate."
	ruleOnePut    = "Of any number of concurrent Puts of one key one stores the delivery."
	ruleKeeps     = "Put keeps neither the Delivery nor its Body."
	ruleReceipt   = "Fingerprint is that of the entry that was stored."
	ruleDigest    = "a second Entry with it is a duplicate of the first, under whatever key it comes, for Window from the first Put on."
	ruleError     = "When a method can't be carried out within its context, or at all, it returns an error."
	ruleGet       = "Get returns the record of a key, with header and body."
	ruleNotFound  = "The error is ErrNotFound if there is none."
	ruleList      = "List returns the records that match, in the order in which they were stored, without header and body."
	ruleFilter    = "Each field that is not zero narrows the choice; the zero Filter matches all."
	ruleGroups    = "what one bug did is one line."
	ruleEndpoints = "Run gives the deliveries of the endpoints that handlers names to their handlers, and leaves those of all other endpoints alone."
	ruleFinish    = "It returns nil once ctx has ended and what was in hand then is finished and recorded."
	ruleAttempt   = "The Delivery's Attempt counts from 1, and its Replay says whether an operator asked for it again."
	ruleFailed    = "An error, a panic, a handler that exits its goroutine or that takes too long is a failed attempt: the delivery waits for the next one, longer each time."
	ruleEnds      = "It ends Done, DeadLettered, or Dead: after the last attempt, or at once if no attempt can succeed."
	ruleKept      = "What has ended without success is kept with header, body and the error of each attempt, until an operator replays or discards it or its retention ends."
	ruleReplay    = "Their handlers run with the same Delivery, marked as a Replay, and with a new set of attempts."
	ruleReplayNot = "Records that are Waiting, and those whose payload is gone, are left as they are."
	ruleDryRun    = "DryRun counts what would be replayed, and changes nothing."
	ruleSince     = "Since leaves out what has been replayed at that time or later."
	ruleStates    = "If f names no states, it means Dead and DeadLettered."
	ruleErase     = "Records that are Done stay Done, without their payload"
	ruleDiscard   = "their payload is deleted, their handler does not run any more, and their mark stays, so that a duplicate is known."
)
