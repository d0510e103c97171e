// Package openapi holds the contract, the source of the API: what the server checks calls against and publishes is the file itself.
package openapi

import _ "embed"

// YAML is openapi.yaml.
//
//go:embed openapi.yaml
var YAML []byte
