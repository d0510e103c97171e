// Package oapi is the Go of openapi/openapi.yaml: its models, the strict echo server, and the specification itself. All but the merge
// patch's field is generated.
//
// Optional fields of answers and of new records are plain values: the zero value is left out. In merge patches they are pointers, or Patch
// where null clears.
package oapi

//go:generate go tool -modfile=../../../deploy/tools/go.mod oapi-codegen -config models.yaml ../../../openapi/openapi.yaml
//go:generate go tool -modfile=../../../deploy/tools/go.mod oapi-codegen -config server.yaml ../../../openapi/openapi.yaml
//go:generate go tool -modfile=../../../deploy/tools/go.mod oapi-codegen -config spec.yaml ../../../openapi/openapi.yaml
