package api

import (
	"github.com/google/uuid"

	"tournee/api/internal/oapi"
)

// The fields of a JSON merge patch (RFC 7396): an absent one leaves what there is, null clears it.

// set takes over a field that cannot be cleared.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// setOrClear takes over a field whose zero value says that there is none.
func setOrClear[T any](to *T, from oapi.Patch[T]) {
	if !from.Given {
		return
	}
	var none T
	*to = none
	set(to, from.Value)
}

// idPatch reads a merge patch's id: nil leaves it, the nil UUID clears it.
func idPatch(p oapi.Patch[uuid.UUID]) *uuid.UUID {
	if p.Given && p.Value == nil {
		return &uuid.UUID{}
	}
	return p.Value
}

// given is a field's value, zero where it was not given.
func given[T any](v *T) T {
	var out T
	set(&out, v)
	return out
}
