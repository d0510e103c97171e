package dispatch

import "net/http"

// IdempotencyKey names one call that may be repeated: the caller's own key, within one operation, within one principal.
type IdempotencyKey struct {
	Operation string
	Key       string
	Hash      []byte // SHA-256 over what was asked: the same key with another hash is a mistake of the caller
}

// Answer is what a call was answered with, whole, so that a repeat of the call gets it again.
type Answer struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Undone reports whether the call was refused, so that nothing it wrote may stay.
func (a Answer) Undone() bool { return a.Status >= http.StatusBadRequest }

// Kept reports whether a repeat gets this answer again. A refusal that may pass (409, 412, 429) and a fault of ours (5xx) are tried
// anew.
func (a Answer) Kept() bool {
	switch a.Status {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusTooManyRequests:
		return false
	}
	return a.Status < http.StatusInternalServerError
}

// KeyReused says that the idempotency key came with another call before.
func KeyReused() error {
	return &Error{Kind: KindInvalid, Code: "idempotency_key_reused", Faults: []Fault{{Path: "header:Idempotency-Key", Code: "idempotency_key_reused"}}}
}

// KeyInProgress says that a call with the same idempotency key is being worked on.
func KeyInProgress() error { return Conflict("idempotency_in_progress", nil) }
