package oapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tournee/api/internal/oapi"
	"tournee/openapi"
)

var loaded = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(openapi.YAML) })

// specification is the source as a whole; tests only read it.
func specification(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// operation is one operation with where it stands.
type operation struct {
	*openapi3.Operation
	method, path string
}

func (o operation) String() string { return o.method + " " + o.path }

func operations(t *testing.T) []operation {
	t.Helper()
	var all []operation
	for path, item := range specification(t).Paths.Map() {
		for method, op := range item.Operations() {
			all = append(all, operation{op, method, path})
		}
	}
	if len(all) < 100 {
		t.Fatalf("only %d operations", len(all))
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return all
}

func (o operation) public() bool { return slices.Equal(o.roles(), []string{"public"}) }

func (o operation) roles() []string { return texts(o.Extensions["x-roles"]) }

func (o operation) text(extension string) string {
	s, _ := o.Extensions[extension].(string)
	return s
}

func (o operation) has(in, name string) bool {
	return o.Parameters.GetByInAndName(in, name) != nil
}

func (o operation) changes() bool { return o.method != http.MethodGet }

// unlimited operations are asked by machines that watch the program; they answer in their own way.
func (o operation) unlimited() bool { return o.text("x-limit") == "none" }

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func TestTheSpecificationIsValidAndSoIsEveryExample(t *testing.T) {
	t.Parallel()
	doc := specification(t)
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation()); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.0.3" {
		t.Errorf("it is OpenAPI %s", doc.OpenAPI)
	}
}

func TestTheGeneratedSpecificationIsCurrent(t *testing.T) {
	t.Parallel()
	generated, err := oapi.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	have, err := generated.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	want, err := specification(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Error("run go generate ./api/internal/oapi")
	}
}

// rules are what every operation keeps; a rule answers "" when it is kept, else what is missing.
var rules = map[string]func(operation) string{
	"says what it is": func(o operation) string {
		return missing(o.OperationID == "" || o.Summary == "" || o.Description == "" || len(o.Tags) != 1, "id, summary, description or tag")
	},
	"says who may call it": func(o operation) string {
		known := []string{"client", "technician", "dispatcher", "partner", "administrator"}
		stranger := slices.ContainsFunc(o.roles(), func(r string) bool { return !slices.Contains(known, r) })
		return missing(len(o.roles()) == 0 || stranger && !o.public(), "x-roles")
	},
	"asks for a token unless it is public": func(o operation) string {
		open := o.Security != nil && len(*o.Security) == 0
		return missing(open != o.public(), "security that agrees with x-roles")
	},
	"names the scope a partner needs": func(o operation) string {
		if o.OperationID == "readMe" || o.OperationID == "readOrganization" { // any key may ask who it is
			return ""
		}
		scopes := []string{"clients:read", "clients:write", "requests:read", "requests:write", "visits:read", "technicians:read", "events:read"}
		partner := slices.Contains(o.roles(), "partner")
		return missing(partner != slices.Contains(scopes, o.text("x-scope")), "x-scope for partners, and only for them")
	},
	"writes need a scope to write": func(o operation) string {
		return missing(o.text("x-scope") != "" && o.changes() != strings.HasSuffix(o.text("x-scope"), ":write"), "a scope that fits the method")
	},
	"has a class of rate limit": func(o operation) string {
		return missing(!slices.Contains([]string{"guess", "read", "write", "bulk", "stream", "position", "none"}, o.text("x-limit")), "x-limit")
	},
	"guards what a stranger can guess at": func(o operation) string {
		return missing(o.public() && !o.unlimited() && o.text("x-limit") != "guess", "x-limit: guess")
	},
	"takes an idempotency key on POST": func(o operation) string {
		return missing((o.method == http.MethodPost) != o.has("header", "Idempotency-Key"), "Idempotency-Key on POST, and only there")
	},
	"compares versions where two may edit": func(o operation) string {
		exempt := []string{"updateMe", "revokeApiKey", "deleteDevice", "releaseHold", "leaveWaitlist"} // one editor, or nothing that changes
		edits := o.method == http.MethodPatch || o.method == http.MethodPut || o.method == http.MethodDelete
		return missing(edits && !slices.Contains(exempt, o.OperationID) && !o.has("header", "If-Match"), "If-Match")
	},
	"never demands If-Match by the schema": func(o operation) string {
		p := o.Parameters.GetByInAndName("header", "If-Match")
		return missing(p != nil && p.Required, "If-Match that is answered with 428, not 422")
	},
	"gives the version of what has one": func(o operation) string {
		for _, response := range o.successes() {
			if versioned(response) && response.Headers["ETag"] == nil {
				return "no ETag"
			}
		}
		return ""
	},
	"gives the errors that apply": func(o operation) string {
		return missing(len(o.missingErrors()) > 0, fmt.Sprint("errors ", o.missingErrors()))
	},
	"tells the request id and the limit": func(o operation) string {
		for _, response := range o.successes() {
			if response.Headers["X-Request-Id"] == nil || !o.unlimited() && (response.Headers["RateLimit"] == nil || response.Headers["RateLimit-Policy"] == nil) {
				return "no X-Request-Id, RateLimit or RateLimit-Policy"
			}
		}
		return ""
	},
	"answers with something": func(o operation) string { return missing(len(o.successes()) == 0, "2xx") },
	"shows an example": func(o operation) string {
		for _, media := range o.bodies() {
			if media.Example == nil && media.Schema.Value.Example == nil {
				return "a body without example"
			}
		}
		for _, p := range o.Parameters {
			if p.Value.Example == nil {
				return p.Value.Name + " has no example"
			}
		}
		return ""
	},
	"keeps no answer that bears a secret": func(o operation) string {
		secret, _ := o.Extensions["x-secret"].(bool)
		bears := false
		for _, response := range o.successes() {
			for _, media := range response.Content {
				for _, name := range []string{"access_token", "refresh_token", "key", "token"} {
					bears = bears || media.Schema.Value.Properties[name] != nil
				}
			}
		}
		return missing(secret != bears, "x-secret where a secret is, and only there")
	},
	"pages its lists": func(o operation) string {
		for _, response := range o.successes() {
			for _, media := range response.Content {
				if media.Schema.Value.Properties["next_cursor"] != nil && (!o.has("query", "limit") || !o.has("query", "cursor")) {
					return "no limit or cursor"
				}
			}
		}
		return ""
	},
}

func missing(fault bool, what string) string {
	if fault {
		return "lacks " + what
	}
	return ""
}

func (o operation) successes() []*openapi3.Response {
	var all []*openapi3.Response
	for status, response := range o.Responses.Map() {
		if strings.HasPrefix(status, "2") {
			all = append(all, response.Value)
		}
	}
	return all
}

func (o operation) bodies() []*openapi3.MediaType {
	var all []*openapi3.MediaType
	if o.RequestBody != nil {
		for _, media := range o.RequestBody.Value.Content {
			all = append(all, media)
		}
	}
	for _, response := range o.Responses.Map() {
		for _, media := range response.Value.Content {
			all = append(all, media)
		}
	}
	return all
}

// versioned reports whether the answer is one record with a version.
func versioned(r *openapi3.Response) bool {
	media := r.Content["application/json"]
	return media != nil && (media.Schema.Value.Properties["version"] != nil && media.Schema.Value.Properties["updated_at"] != nil ||
		media.Schema.Value.Properties["route_version"] != nil)
}

// shared maps each error status to the component that tells it.
var shared = map[string]string{
	"400": "Malformed", "401": "Unauthenticated", "403": "Forbidden", "404": "NotFound", "409": "Conflict", "412": "Stale", "413": "TooLarge",
	"415": "UnsupportedMedia", "422": "Invalid", "428": "VersionRequired", "429": "TooMany", "500": "Internal", "503": "Unavailable",
}

func (o operation) missingErrors() []string {
	if o.OperationID == "issueToken" || o.unlimited() { // RFC 6749's own errors; a health check's own answer
		return nil
	}
	applies := map[string]bool{
		"400": true, "429": true, "500": true, "503": true,
		"401": !o.public(), "403": !o.public(),
		"404": strings.Contains(o.path, "{"),
		"409": o.changes(),
		"412": o.has("header", "If-Match"),
		"413": o.RequestBody != nil, "415": o.RequestBody != nil,
		"422": o.RequestBody != nil || len(o.Parameters) > 1, // more than Accept-Language
		"428": o.has("header", "If-Match") && o.method != http.MethodPut,
	}
	var lacking []string
	for status, does := range applies {
		response := o.Responses.Value(status)
		if does && (response == nil || response.Ref != "#/components/responses/"+shared[status]) {
			lacking = append(lacking, status)
		}
	}
	slices.Sort(lacking)
	return lacking
}

func TestEveryOperationKeepsTheConventions(t *testing.T) {
	t.Parallel()
	all := operations(t)
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, o := range all {
				if fault := rule(o); fault != "" {
					t.Errorf("%s: %s", o, fault)
				}
			}
		})
	}
}

func TestEveryErrorIsAProblemDocument(t *testing.T) {
	t.Parallel()
	for name, response := range specification(t).Components.Responses {
		media := response.Value.Content["application/problem+json"]
		if media == nil || media.Schema.Ref != "#/components/schemas/Problem" || len(response.Value.Content) != 1 {
			t.Errorf("%s is no problem document", name)
		}
		if retry := name == "TooMany" || name == "Unavailable"; retry != (response.Value.Headers["Retry-After"] != nil) {
			t.Errorf("%s: Retry-After belongs to 429 and 503", name)
		}
	}
}
