package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The documentation page: one file that needs nothing from elsewhere.
var (
	//go:embed docs.html
	docsPage string
	//go:embed docs.css
	docsStyle string
	//go:embed docs.js
	docsScript string
)

// reference is the documentation of a contract, made once at start.
type reference struct {
	html   []byte
	policy string // Content-Security-Policy: this page's own style and script, nothing else
}

// documentation renders a contract as one page: operations by tag with their parameters, bodies, answers and examples, then the schemas.
func documentation(c *contract) (reference, error) {
	page, err := template.New("docs").Funcs(template.FuncMap{
		"markdown": markdown,
		"schema":   schemaText,
		"link":     schemaLink,
		"example":  exampleText,
		"style":    func() template.CSS { return template.CSS(docsStyle) }, //nolint:gosec // our own file
		"script":   func() template.JS { return template.JS(docsScript) },  //nolint:gosec // our own file
	}).Parse(docsPage)
	if err != nil {
		return reference{}, fmt.Errorf("api: documentation: %w", err)
	}
	var out bytes.Buffer
	if err := page.Execute(&out, docsOf(c)); err != nil {
		return reference{}, fmt.Errorf("api: documentation: %w", err)
	}
	return reference{
		html:   out.Bytes(),
		policy: "default-src 'none'; style-src " + sourceHash(docsStyle) + "; script-src " + sourceHash(docsScript) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}, nil
}

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// docsData is what the page's template names.
type docsData struct {
	Info    *openapi3.Info
	Groups  []docsGroup
	Schemas []docsSchema
}

type docsGroup struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Roles, Scope, Class                    string
	Secret, Once                           bool
	MaxBody                                int64
	Parameters                             []*openapi3.Parameter
	Bodies                                 []docsBody
	Responses                              []docsResponse
}

type docsBody struct {
	Type    string
	Schema  *openapi3.SchemaRef
	Example any
}

type docsResponse struct {
	Status, Description string
	Headers             string
	Bodies              []docsBody
}

type docsSchema struct {
	Name    string
	Schema  *openapi3.Schema
	Example any
	Fields  []docsField
}

type docsField struct {
	Name     string
	Required bool
	Schema   *openapi3.SchemaRef
}

func docsOf(c *contract) docsData {
	d := docsData{Info: c.doc.Info}
	byTag := map[string][]docsOperation{}
	for _, op := range c.each() {
		tag := "Other"
		if len(op.route.Operation.Tags) > 0 {
			tag = op.route.Operation.Tags[0]
		}
		byTag[tag] = append(byTag[tag], docsOperationOf(op))
	}
	for _, tag := range c.doc.Tags {
		d.Groups = append(d.Groups, docsGroup{Name: tag.Name, Description: tag.Description, Operations: byTag[tag.Name]})
		delete(byTag, tag.Name)
	}
	for _, name := range sortedKeys(byTag) {
		d.Groups = append(d.Groups, docsGroup{Name: name, Operations: byTag[name]})
	}
	if c.doc.Components == nil {
		return d
	}
	for _, name := range sortedKeys(c.doc.Components.Schemas) {
		s := c.doc.Components.Schemas[name].Value
		entry := docsSchema{Name: name, Schema: s, Example: s.Example}
		for _, field := range sortedKeys(s.Properties) {
			entry.Fields = append(entry.Fields, docsField{Name: field, Required: slices.Contains(s.Required, field), Schema: s.Properties[field]})
		}
		d.Schemas = append(d.Schemas, entry)
	}
	return d
}

func docsOperationOf(op *operation) docsOperation {
	o := op.route.Operation
	roles := "public"
	if !op.public {
		names := make([]string, len(op.roles))
		for i, r := range op.roles {
			names[i] = string(r)
		}
		roles = strings.Join(names, ", ")
	}
	out := docsOperation{
		ID: op.id, Method: op.route.Method, Path: op.route.Path, Summary: o.Summary, Description: o.Description,
		Roles: roles, Scope: op.scope, Class: op.class.Name, Secret: op.secret, Once: op.repeatable(), Parameters: op.parameters,
	}
	if op.body != nil {
		out.Bodies, out.MaxBody = docsBodies(op.body.Content), op.maxBody
	}
	for _, status := range sortedKeys(o.Responses.Map()) {
		r := o.Responses.Value(status).Value
		entry := docsResponse{Status: status, Headers: strings.Join(sortedKeys(r.Headers), ", "), Bodies: docsBodies(r.Content)}
		if r.Description != nil {
			entry.Description = *r.Description
		}
		out.Responses = append(out.Responses, entry)
	}
	return out
}

func docsBodies(content openapi3.Content) []docsBody {
	var out []docsBody
	for _, name := range sortedKeys(content) {
		media := content[name]
		b := docsBody{Type: name, Schema: media.Schema, Example: media.Example}
		if b.Example == nil && media.Schema != nil {
			b.Example = media.Schema.Value.Example
		}
		out = append(out, b)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func exampleText(v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// schemaLink is the name of the schema that a reference points at, or "".
func schemaLink(s *openapi3.SchemaRef) string {
	if s == nil {
		return ""
	}
	if s.Ref == "" && s.Value.Items != nil {
		return schemaLink(s.Value.Items)
	}
	return strings.TrimPrefix(s.Ref, "#/components/schemas/")
}

// schemaText is a schema in one line: its type and what bounds it.
func schemaText(ref *openapi3.SchemaRef) string {
	if ref == nil {
		return ""
	}
	s := ref.Value
	parts := []string{typeName(s)}
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if s.Items != nil {
		parts[0] = "list of " + schemaText(s.Items)
	}
	if s.Format != "" {
		add("%s", s.Format)
	}
	if len(s.Enum) > 0 {
		add("one of %s", allowed(s.Enum))
	}
	if s.Min != nil {
		add("≥ %s", bound(s.Min))
	}
	if s.Max != nil {
		add("≤ %s", bound(s.Max))
	}
	if s.MinLength > 0 || s.MaxLength != nil {
		add("%s characters", span(s.MinLength, s.MaxLength))
	}
	if s.MinItems > 0 || s.MaxItems != nil {
		add("%s items", span(s.MinItems, s.MaxItems))
	}
	if s.Pattern != "" {
		add("like %s", s.Pattern)
	}
	if s.Nullable {
		add("or null")
	}
	if s.Default != nil {
		add("default %v", s.Default)
	}
	return strings.Join(parts, ", ")
}

func span(low uint64, high *uint64) string {
	if high == nil {
		return fmt.Sprintf("%d or more", low)
	}
	return fmt.Sprintf("%d–%d", low, *high)
}
