package vroom

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"tournee/scheduler"
)

// VROOM's status codes, which are its exit codes too.
const (
	CodeOK       = 0
	CodeInternal = 1
	CodeInput    = 2
	CodeRouting  = 3
)

// NoMatrix is the error for an input that leaves travel to a routing engine.
type NoMatrix struct {
	Missing []string // such as matrices.car.durations
}

func (e *NoMatrix) Error() string {
	return fmt.Sprintf("there is no routing engine here to ask: give %s, with location_index, start_index and end_index", strings.Join(e.Missing, " and "))
}

// Code is VROOM's status code for an error of Read, or of what came after it.
func Code(err error) int {
	var invalid *scheduler.Invalid
	var matrix *NoMatrix
	switch {
	case err == nil:
		return CodeOK
	case errors.As(err, &invalid):
		return CodeInput
	case errors.As(err, &matrix):
		return CodeRouting
	}
	return CodeInternal
}

// WriteError writes an error with its status code as VROOM's output.
func WriteError(w io.Writer, code int, cause error) error {
	return encode(w, struct {
		Code  int    `json:"code"`
		Error string `json:"error"`
	}{code, cause.Error()})
}

// encode writes one line of JSON.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write VROOM's output: %w", err)
	}
	return nil
}
