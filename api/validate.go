package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"tournee/dispatch"
)

// formats are the string formats of the contract, checked for what they mean: the 30th of February is no date.
var formats = map[string]openapi3.StringFormatValidator{
	"uuid": openapi3.NewCallbackValidator(func(s string) error {
		if len(s) != 36 {
			return errors.New("not 36 characters")
		}
		return uuid.Validate(s)
	}),
	"date":      openapi3.NewCallbackValidator(func(s string) error { _, err := time.Parse(time.DateOnly, s); return err }),
	"date-time": openapi3.NewCallbackValidator(func(s string) error { _, err := time.Parse(time.RFC3339, s); return err }),
	"duration":  openapi3.NewCallbackValidator(func(s string) error { _, err := dispatch.ParseDuration(s); return err }),
	"time-zone": openapi3.NewCallbackValidator(func(s string) error { _, err := dispatch.Zone(s); return err }),
	"email": openapi3.NewCallbackValidator(func(s string) error {
		a, err := mail.ParseAddress(s)
		if err == nil && a.Address != s {
			return errors.New("more than an address")
		}
		return err
	}),
}

var schemaOptions = []openapi3.SchemaValidationOption{openapi3.WithStringFormatValidators(formats)}

var filterOptions = &openapi3filter.Options{
	MultiError:              true,
	SkipSettingDefaults:     true,
	AuthenticationFunc:      openapi3filter.NoopAuthenticationFunc,
	SchemaValidationOptions: schemaOptions,
}

var bodyOptions = append([]openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors()}, schemaOptions...)

// validate refuses what breaks the contract, every fault at once; what comes after it trusts its inputs. The body is read once, here.
func (s *Server) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		c := callOf(e.Request().Context())
		if c.operation == nil {
			return next(e)
		}
		if err := c.read(e); err != nil {
			return err
		}
		var faults dispatch.Faults
		if err := c.checkParameters(e, &faults); err != nil {
			return err
		}
		if err := c.checkBody(e, &faults); err != nil {
			return err
		}
		if err := faults.Err(); err != nil {
			return err
		}
		return next(e)
	}
}

// read takes the body, as far as the operation's limit, and leaves the request with one that can be read again.
func (c *call) read(e echo.Context) error {
	r := e.Request()
	if c.body != nil {
		return nil // read before, for the rate limit
	}
	tooLarge := &refusal{
		status: http.StatusRequestEntityTooLarge, code: "body_too_large", params: map[string]any{"limit": c.operation.maxBody},
		headers: map[string]string{"Connection": "close"}, // the rest of it is not read
	}
	if r.ContentLength > c.operation.maxBody {
		return tooLarge
	}
	if c.operation.body == nil && r.ContentLength > 0 {
		return &refusal{status: http.StatusBadRequest, code: "body_unexpected", headers: map[string]string{"Connection": "close"}} // it is not waited for
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return &refusal{status: http.StatusUnsupportedMediaType, code: "unsupported_encoding", params: map[string]any{"encoding": enc}}
	}
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead) // bounded by maxBody above
	}
	if _, err := buf.ReadFrom(http.MaxBytesReader(e.Response(), r.Body, c.operation.maxBody)); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return tooLarge
		}
		return &refusal{status: http.StatusBadRequest, code: "body_unreadable", err: err}
	}
	c.body = buf.Bytes()
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	r.ContentLength = int64(len(c.body))
	return nil
}

func (c *call) checkParameters(e echo.Context, faults *dispatch.Faults) error {
	op, r := c.operation, e.Request()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &refusal{status: http.StatusBadRequest, code: "malformed_query", err: err}
	}
	op.checkQuery(query, faults)
	input := &openapi3filter.RequestValidationInput{Request: r, QueryParams: query, Route: &op.route, Options: filterOptions}
	names, values := e.ParamNames(), e.ParamValues()
	if len(names) > 0 {
		input.PathParams = make(map[string]string, len(names))
	}
	for i, name := range names {
		value := values[i]
		if r.URL.RawPath != "" { // echo routes by the escaped path when the two differ
			if value, err = url.PathUnescape(value); err != nil {
				return &refusal{status: http.StatusBadRequest, code: "malformed_path", err: err}
			}
		}
		faults.Check(storable(value), parameterPath("path", name), "field.character")
		input.PathParams[name] = value
	}
	for _, p := range op.parameters {
		addFaults(faults, parameterPath(p.In, p.Name), openapi3filter.ValidateParameter(r.Context(), input, p))
	}
	return nil
}

// checkQuery refuses parameters that the operation does not have, and one given twice.
func (op *operation) checkQuery(query url.Values, faults *dispatch.Faults) {
	for name, values := range query {
		i := slices.IndexFunc(op.parameters, func(p *openapi3.Parameter) bool { return p.In == openapi3.ParameterInQuery && p.Name == name })
		if i < 0 {
			faults.Add(parameterPath("query", name), "field.unknown", nil)
			continue
		}
		list := op.parameters[i].Schema != nil && op.parameters[i].Schema.Value.Type.Is("array")
		faults.Check(list || len(values) == 1, parameterPath("query", name), "field.repeated")
		for _, v := range values {
			faults.Check(storable(v), parameterPath("query", name), "field.character")
		}
	}
}

// storable reports whether PostgreSQL takes s as text.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func (c *call) checkBody(e echo.Context, faults *dispatch.Faults) error {
	op, r := c.operation, e.Request()
	switch {
	case op.body == nil && len(c.body) > 0:
		return &refusal{status: http.StatusBadRequest, code: "body_unexpected"}
	case op.body == nil:
		return nil
	case len(c.body) == 0:
		faults.Check(!op.body.Required, "", "body_required")
		return nil
	}
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || op.body.Content[mediaType] == nil || (params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8")) {
		return op.unsupported()
	}
	if !isJSON(mediaType) {
		return c.checkOther(r, mediaType, faults)
	}
	if c.document, err = decodeDocument(c.body); err != nil {
		return err
	}
	if bytes.Contains(c.body, []byte(`\u0000`)) {
		zeroCharacters(faults, "", c.document)
	}
	schema := op.body.Content[mediaType].Schema
	if schema != nil {
		addFaults(faults, "", schema.Value.VisitJSON(c.document, bodyOptions...))
	}
	return nil
}

// checkOther checks a form field by field; other media (a CSV file) only for text that can be stored.
func (c *call) checkOther(r *http.Request, mediaType string, faults *dispatch.Faults) error {
	if !utf8.Valid(c.body) {
		return &refusal{status: http.StatusBadRequest, code: "invalid_utf8", params: map[string]any{"offset": invalidAt(c.body)}}
	}
	if mediaType != "application/x-www-form-urlencoded" {
		faults.Check(bytes.IndexByte(c.body, 0) < 0, "", "field.character")
		return nil
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return &refusal{status: http.StatusBadRequest, code: "malformed_form", err: err}
	}
	for name := range c.operation.body.Content[mediaType].Schema.Value.Properties { // others are ignored, as RFC 6749 §3.2 has it
		faults.Check(len(form[name]) <= 1, "/"+escapePointer(name), "field.repeated")
	}
	input := &openapi3filter.RequestValidationInput{Request: r, Route: &c.operation.route, Options: filterOptions}
	addFaults(faults, "", openapi3filter.ValidateRequestBody(r.Context(), input, c.operation.body))
	r.Body = io.NopCloser(bytes.NewReader(c.body))
	return nil
}

func (op *operation) unsupported() error {
	types := make([]string, 0, len(op.body.Content))
	for name := range op.body.Content {
		types = append(types, name)
	}
	slices.Sort(types)
	accepted := strings.Join(types, ", ")
	header := "Accept-Post"
	if op.route.Method == http.MethodPatch {
		header = "Accept-Patch"
	}
	return &refusal{
		status: http.StatusUnsupportedMediaType, code: "unsupported_media_type",
		params: map[string]any{"accepted": accepted}, headers: map[string]string{header: accepted},
	}
}
