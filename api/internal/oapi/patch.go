package oapi

import "encoding/json"

// Patch is a field of a JSON merge patch (RFC 7396) that may be cleared: absent (the zero Patch), null, or a value.
type Patch[T any] struct {
	Given bool // the field was there
	Value *T   // nil for null
}

// Set is a field with a value.
func Set[T any](value T) Patch[T] { return Patch[T]{Given: true, Value: &value} }

// Clear is a field with null.
func Clear[T any]() Patch[T] { return Patch[T]{Given: true} }

// IsZero reports whether the field is absent; encoding/json then leaves it out.
func (p Patch[T]) IsZero() bool { return !p.Given }

// UnmarshalJSON is called for fields that are there, null included.
func (p *Patch[T]) UnmarshalJSON(data []byte) error {
	p.Given, p.Value = true, nil
	return json.Unmarshal(data, &p.Value)
}

// MarshalJSON gives null or the value.
func (p Patch[T]) MarshalJSON() ([]byte, error) { return json.Marshal(p.Value) }
