package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"tournee/dispatch"
)

// addFaults turns what the contract's schemas say is wrong with a value into faults, all of them, under the path where the value is:
// "" for the body, parameterPath for a parameter.
func addFaults(faults *dispatch.Faults, path string, err error) {
	var many openapi3.MultiError
	var one *openapi3.SchemaError
	var parse *openapi3filter.ParseError
	switch {
	case err == nil:
	case errors.Is(err, openapi3filter.ErrInvalidRequired):
		faults.Add(path, "field.required", nil)
	case errors.Is(err, openapi3filter.ErrInvalidEmptyValue):
		faults.Add(path, "field.empty", nil)
	case asMulti(err, &many):
		for _, e := range many {
			addFaults(faults, path, e)
		}
	case errors.As(err, &one):
		addSchemaFault(faults, path, one)
	case errors.As(err, &parse):
		faults.Add(path, "field.unreadable", nil)
	default:
		faults.Add(path, "field.invalid", nil)
	}
}

// asMulti finds a list of errors at the top of err: the lists inside one schema error belong to that error.
func asMulti(err error, many *openapi3.MultiError) bool {
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Err != nil {
		err = request.Err
	}
	m, ok := err.(openapi3.MultiError) //nolint:errorlint // see above
	*many = m
	return ok
}

func addSchemaFault(faults *dispatch.Faults, path string, e *openapi3.SchemaError) {
	at := path
	if !strings.Contains(path, ":") {
		var atSb55 strings.Builder
		for _, token := range e.JSONPointer() {
			atSb55.WriteString("/" + escapePointer(token))
		}
		at += atSb55.String()
	}
	var inner openapi3.MultiError
	switch e.SchemaField {
	case "properties":
		faults.Add(at+"/"+escapePointer(unknownProperty(e.Reason)), "field.unknown", nil)
	case "allOf":
		if errors.As(e.Origin, &inner) {
			addFaults(faults, path, inner)
		}
	case "oneOf":
		if errors.As(e.Origin, &inner) {
			addNearest(faults, path, at, inner)
			return
		}
		faults.Add(at, "field.one_of", nil)
	default:
		code, params := schemaFault(e)
		faults.Add(at, code, params)
	}
}

// addNearest says what is wrong by the one alternative whose type the value has; when none or several have it, that none fits.
func addNearest(faults *dispatch.Faults, path, at string, alternatives openapi3.MultiError) {
	var nearest []dispatch.Faults
	for _, alternative := range alternatives {
		var f dispatch.Faults
		addFaults(&f, path, alternative)
		if len(f) > 0 && (f[0].Path != at || f[0].Code != "field.type") {
			nearest = append(nearest, f)
		}
	}
	if len(nearest) != 1 {
		faults.Add(at, "field.one_of", nil)
		return
	}
	*faults = append(*faults, nearest[0]...)
}

// schemaFault is the code for the keyword of the schema that the value breaks, and what its sentence names.
func schemaFault(e *openapi3.SchemaError) (string, map[string]any) {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "field.required", nil
	case "nullable":
		return "field.null", nil
	case "type":
		return "field.type", map[string]any{"type": typeName(s)}
	case "enum":
		return "field.enum", map[string]any{"allowed": allowed(s.Enum)}
	case "minLength":
		if s.MinLength == 1 {
			return "field.empty", nil
		}
		return "field.too_short", map[string]any{"min": s.MinLength}
	case "maxLength":
		return "field.too_long", map[string]any{"max": *s.MaxLength}
	case "pattern":
		return "field.pattern", map[string]any{"pattern": s.Pattern}
	case "format":
		return "field.format", map[string]any{"format": s.Format}
	case "minimum", "exclusiveMinimum":
		return "field.minimum", map[string]any{"min": bound(s.Min)}
	case "maximum", "exclusiveMaximum":
		return "field.maximum", map[string]any{"max": bound(s.Max)}
	case "multipleOf":
		return "field.multiple", map[string]any{"of": bound(s.MultipleOf)}
	case "minItems":
		return "field.too_few", map[string]any{"min": s.MinItems}
	case "maxItems":
		return "field.too_many", map[string]any{"max": *s.MaxItems}
	case "minProperties":
		return "field.too_few", map[string]any{"min": s.MinProps}
	case "maxProperties":
		return "field.too_many", map[string]any{"max": *s.MaxProps}
	case "uniqueItems":
		return "field.not_unique", nil
	case "readOnly":
		return "field.read_only", nil
	case "oneOf", "anyOf", "discriminator":
		return "field.one_of", nil
	}
	return "field.invalid", nil
}

func typeName(s *openapi3.Schema) string {
	if s.Type == nil {
		return "any"
	}
	return strings.Join(s.Type.Slice(), "|")
}

func bound(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

func allowed(enum []any) string {
	names := make([]string, len(enum))
	for i, v := range enum {
		if s, ok := v.(string); ok {
			names[i] = s
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			raw = fmt.Append(nil, v)
		}
		names[i] = string(raw)
	}
	return strings.Join(names, ", ")
}

// unknownProperty is the name in kin-openapi's reason `property "name" is unsupported`: the error's path stops at the object.
func unknownProperty(reason string) string {
	from, to := strings.IndexByte(reason, '"'), strings.LastIndexByte(reason, '"')
	if from < 0 || to <= from {
		return ""
	}
	name, err := strconv.Unquote(reason[from : to+1])
	if err != nil {
		return ""
	}
	return name
}
