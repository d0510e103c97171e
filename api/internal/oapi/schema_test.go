package oapi_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tournee/api/internal/oapi"
)

// walk visits the schema and everything inside it that is not a component of its own.
func walk(at string, ref *openapi3.SchemaRef, visit func(at string, s *openapi3.Schema)) {
	if ref == nil || ref.Ref != "" {
		return
	}
	visit(at, ref.Value)
	for name, property := range ref.Value.Properties {
		walk(at+"/"+name, property, visit)
	}
	walk(at+"/items", ref.Value.Items, visit)
	walk(at+"/*", ref.Value.AdditionalProperties.Schema, visit)
}

func everySchema(t *testing.T, visit func(at string, s *openapi3.Schema)) {
	t.Helper()
	doc := specification(t)
	for name, schema := range doc.Components.Schemas {
		walk(name, schema, visit)
	}
	for _, o := range operations(t) {
		for _, p := range o.Parameters {
			walk(o.String()+" "+p.Value.Name, p.Value.Schema, visit)
		}
		for _, media := range o.bodies() {
			walk(o.String(), media.Schema, visit)
		}
	}
}

func TestEverySchemaIsExplainedAndShown(t *testing.T) {
	t.Parallel()
	for name, schema := range specification(t).Components.Schemas {
		if schema.Value.Description == "" || schema.Value.Example == nil {
			t.Errorf("%s has no description or no example", name)
		}
		for property, ref := range schema.Value.Properties {
			if ref.Value.Description == "" {
				t.Errorf("%s/%s has no description", name, property)
			}
		}
	}
}

func TestNothingIsUnbounded(t *testing.T) {
	t.Parallel()
	everySchema(t, func(at string, s *openapi3.Schema) {
		switch {
		case s.Type.Is("string"):
			if s.MaxLength == nil && len(s.Enum) == 0 {
				t.Errorf("%s: a string without maxLength", at)
			}
		case s.Type.Is("array"):
			if s.MaxItems == nil {
				t.Errorf("%s: an array without maxItems", at)
			}
		case s.Type.Is("integer"), s.Type.Is("number"):
			if s.Min == nil || s.Max == nil {
				t.Errorf("%s: a number without bounds", at)
			}
		}
	})
}

func TestEveryNumberIsADouble(t *testing.T) {
	t.Parallel()
	everySchema(t, func(at string, s *openapi3.Schema) {
		if s.Type.Is("number") && s.Format != "double" {
			t.Errorf("%s: a number that is no double", at)
		}
	})
}

func TestThereAreNoUnions(t *testing.T) {
	t.Parallel()
	everySchema(t, func(at string, s *openapi3.Schema) {
		if len(s.OneOf)+len(s.AnyOf)+len(s.AllOf) > 0 || s.Not != nil {
			t.Errorf("%s: a union", at)
		}
	})
}

// requestSchemas are the component schemas that a request body reaches, by name.
func requestSchemas(t *testing.T) map[string]*openapi3.Schema {
	t.Helper()
	found := map[string]*openapi3.Schema{}
	var reach func(ref *openapi3.SchemaRef)
	reach = func(ref *openapi3.SchemaRef) {
		if ref == nil {
			return
		}
		if name := strings.TrimPrefix(ref.Ref, "#/components/schemas/"); ref.Ref != "" {
			if found[name] != nil {
				return
			}
			found[name] = ref.Value
		}
		reach(ref.Value.Items)
		for _, property := range ref.Value.Properties {
			reach(property)
		}
	}
	for _, o := range operations(t) {
		if o.RequestBody != nil {
			for _, media := range o.RequestBody.Value.Content {
				reach(media.Schema)
			}
		}
	}
	return found
}

func TestUnknownFieldsAreRefused(t *testing.T) {
	t.Parallel()
	for name, schema := range requestSchemas(t) {
		closed := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has
		if name == "Metadata" || name == "TokenRequest" { // the caller's own notes; RFC 6749 §3.2 has unknown parameters ignored
			continue
		}
		if schema.Type.Is("object") && !closed {
			t.Errorf("%s takes unknown fields", name)
		}
	}
}

func TestOnlyMergePatchesClearByNull(t *testing.T) {
	t.Parallel()
	for name, schema := range requestSchemas(t) {
		patch, _ := schema.Extensions["x-merge-patch"].(bool)
		if patch != strings.HasSuffix(name, "Patch") {
			t.Errorf("%s: x-merge-patch and the name do not agree", name)
		}
		for property, ref := range schema.Properties {
			if ref.Value.Nullable && !patch {
				t.Errorf("%s/%s takes null", name, property)
			}
		}
		if patch && len(schema.Required) > 0 {
			t.Errorf("%s demands fields", name)
		}
	}
}

func TestAMergePatchTellsAbsentNullAndValueApart(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"pinned_start":null}`, `{"pinned_start":"2026-11-23T14:00:00"}`} {
		var patch oapi.VisitPatch
		if err := json.Unmarshal([]byte(body), &patch); err != nil {
			t.Fatal(err)
		}
		back, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		if string(back) != body {
			t.Errorf("%s came back as %s", body, back)
		}
	}
	if p := oapi.Set("x"); !p.Given || *p.Value != "x" {
		t.Errorf("Set gives %v", p)
	}
	if p := oapi.Clear[string](); !p.Given || p.Value != nil {
		t.Errorf("Clear gives %v", p)
	}
}

func TestEveryTextAPersonMayClearIsAPatchInGo(t *testing.T) {
	t.Parallel()
	// A nullable field whose Go type is a plain pointer would lose the null; the overlay must cover each.
	for name, schema := range specification(t).Components.Schemas {
		if patch, _ := schema.Value.Extensions["x-merge-patch"].(bool); !patch {
			continue
		}
		for _, property := range slices.Sorted(maps.Keys(schema.Value.Properties)) {
			if schema.Value.Properties[property].Value.Nullable && !clearable(name, property) {
				t.Errorf("%s/%s is nullable, but its null is lost in Go", name, property)
			}
		}
	}
}

// clearable reports whether a null in the property survives the Go type of the schema.
func clearable(schema, property string) bool {
	body := []byte(`{"` + property + `":null}`)
	var back []byte
	switch schema {
	case "ClientPatch":
		back = through[oapi.ClientPatch](body)
	case "ContactPatch":
		back = through[oapi.ContactPatch](body)
	case "AssetPatch":
		back = through[oapi.AssetPatch](body)
	case "TechnicianPatch":
		back = through[oapi.TechnicianPatch](body)
	case "RequestPatch":
		back = through[oapi.RequestPatch](body)
	case "SeriesPatch":
		back = through[oapi.SeriesPatch](body)
	case "VisitPatch":
		back = through[oapi.VisitPatch](body)
	}
	return bytes.Equal(back, body)
}

func through[T any](body []byte) []byte {
	var v T
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	back, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return back
}
