package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"

	"tournee/api/limit"
	"tournee/dispatch"
)

// Bounds that hold unless an operation's extension says otherwise.
const (
	defaultMaxBody  = 64 << 10 // bytes; x-max-body
	defaultDeadline = 15 * time.Second
	bulkDeadline    = 60 * time.Second // for operations that take large bodies
)

// operation is what the stages know of one operation of the contract, read once at start.
//
// The contract says it in extensions: x-roles (who may call: roles, or "public"), x-scope (what a partner's key needs; without one any
// key will do), x-limit (the endpoint class of the rate limit, or "none"), x-max-body (bytes), x-secret (the answer bears a secret:
// never kept).
type operation struct {
	id         string
	route      routers.Route
	path       string // echo's form
	public     bool
	roles      []dispatch.Role
	scope      string
	class      limit.Class
	unlimited  bool
	oauth      bool // errors are RFC 6749's, not problem documents
	maxBody    int64
	secret     bool
	stream     bool
	deadline   time.Duration
	parameters []*openapi3.Parameter
	body       *openapi3.RequestBody
}

// contract is the whole API description, as loaded.
type contract struct {
	doc        *openapi3.T
	operations map[string]map[string]*operation // by method, then by echo's path
}

// loadContract reads and checks an OpenAPI 3.0 document. Every fault of every operation's extensions is told at once.
func loadContract(spec []byte) (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("api: reading the contract: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("api: the contract: %w", err)
	}
	c := &contract{doc: doc, operations: map[string]map[string]*operation{}}
	var faults []error
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			op, err := newOperation(doc, path, item, method, o)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			if c.operations[method] == nil {
				c.operations[method] = map[string]*operation{}
			}
			c.operations[method][op.path] = op
		}
	}
	return c, errors.Join(faults...)
}

// each lists the operations by path and method.
func (c *contract) each() []*operation {
	var all []*operation
	for _, byPath := range c.operations {
		for _, op := range byPath {
			all = append(all, op)
		}
	}
	slices.SortFunc(all, func(a, b *operation) int {
		return strings.Compare(a.route.Path+" "+a.route.Method, b.route.Path+" "+b.route.Method)
	})
	return all
}

func newOperation(doc *openapi3.T, path string, item *openapi3.PathItem, method string, o *openapi3.Operation) (*operation, error) {
	op := &operation{
		id:       o.OperationID,
		route:    routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: o},
		path:     echoPath(path),
		maxBody:  defaultMaxBody,
		deadline: defaultDeadline,
		oauth:    strings.HasPrefix(path, "/oauth/"),
	}
	if op.id == "" {
		return nil, fmt.Errorf("api: %s %s: no operationId", method, path)
	}
	if err := op.extensions(o.Extensions); err != nil {
		return nil, fmt.Errorf("api: operation %s: %w", op.id, err)
	}
	for _, p := range item.Parameters {
		if o.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			op.parameters = append(op.parameters, p.Value)
		}
	}
	for _, p := range o.Parameters {
		op.parameters = append(op.parameters, p.Value)
	}
	if o.RequestBody != nil {
		op.body = o.RequestBody.Value
	}
	if ok := o.Responses.Value("200"); ok != nil && ok.Value.Content.Get("text/event-stream") != nil {
		op.stream = true
	}
	return op, nil
}

func (op *operation) extensions(x map[string]any) error {
	roles, ok := x["x-roles"].([]any)
	if !ok || len(roles) == 0 {
		return errors.New("x-roles is missing: say who may call it, or public")
	}
	for _, r := range roles {
		name, _ := r.(string)
		switch {
		case name == "public":
			op.public = true
		case slices.Contains(dispatch.Roles(), dispatch.Role(name)):
			op.roles = append(op.roles, dispatch.Role(name))
		default:
			return fmt.Errorf("x-roles names %q, which is no role", name)
		}
	}
	op.scope, _ = x["x-scope"].(string)
	name, _ := x["x-limit"].(string)
	op.unlimited = name == "none"
	if op.class, ok = classes()[name]; !ok && !op.unlimited {
		return fmt.Errorf("x-limit is %q: name a class of api/limit, or none", name)
	}
	if v, given := x["x-max-body"]; given {
		n, ok := v.(float64)
		if !ok || n < 1 {
			return fmt.Errorf("x-max-body is %v, want a number of bytes", v)
		}
		if op.maxBody = int64(n); op.maxBody > defaultMaxBody {
			op.deadline = bulkDeadline
		}
	}
	op.secret, _ = x["x-secret"].(bool)
	return nil
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// echoPath is an OpenAPI path template in echo's form: /v1/visits/{visit_id} becomes /v1/visits/:visit_id.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// repeatable reports whether an Idempotency-Key makes the operation happen once.
func (op *operation) repeatable() bool {
	return op.route.Method == http.MethodPost && !op.secret && !op.public
}
