package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"tournee/dispatch"
)

// Repeater runs a call once per key, and keeps its answer in the transaction that holds what the call wrote. See
// dispatch/postgres.DB.Once for the rules.
type Repeater interface {
	Once(ctx context.Context, p dispatch.Principal, k dispatch.IdempotencyKey, fn func(ctx context.Context) (dispatch.Answer, error)) (a dispatch.Answer, replayed bool, err error)
}

// keptHeaders are the headers that belong to an answer and are given again with it.
var keptHeaders = []string{"Content-Type", "ETag", "Location", "Content-Language", "WWW-Authenticate", "Cache-Control"}

// once makes a POST with an Idempotency-Key happen once: a repeat gets the first answer again. Nothing reaches the caller before the
// commit, and a commit that fails is what the caller is told.
func (s *Server) once(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		r := e.Request()
		c := callOf(r.Context())
		key := r.Header.Get("Idempotency-Key")
		if c.operation == nil || key == "" || !c.operation.repeatable() {
			return next(e)
		}
		if !validKey(key) {
			var faults dispatch.Faults
			faults.Add(parameterPath("header", "Idempotency-Key"), "idempotency_key_malformed", nil)
			return faults.Err()
		}
		hash, err := c.hash(r)
		if err != nil {
			return err
		}
		k := dispatch.IdempotencyKey{Operation: c.operation.id, Key: key, Hash: hash}
		answer, replayed, err := s.config.Repeater.Once(r.Context(), c.principal, k, func(ctx context.Context) (dispatch.Answer, error) {
			return s.record(ctx, e, next)
		})
		if err != nil {
			return err
		}
		header := e.Response().Header()
		for name, value := range answer.Headers {
			header.Set(name, value)
		}
		if replayed {
			header.Set("Idempotent-Replayed", "true")
		}
		e.Response().WriteHeader(answer.Status)
		_, err = e.Response().Write(answer.Body)
		return err
	}
}

// validKey reports whether the key is 1–255 visible ASCII characters.
func validKey(key string) bool {
	if len(key) > 255 {
		return false
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return key != ""
}

// hash is over what was asked: method, path, query and body. JSON is hashed by what it says, so that a client that writes its fields in
// another order repeats itself all the same.
func (c *call) hash(r *http.Request) ([]byte, error) {
	body := c.body
	if c.document != nil {
		canonical, err := json.Marshal(c.document) // sorts the keys of objects
		if err != nil {
			return nil, err
		}
		body = canonical
	}
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.EscapedPath(), r.URL.Query().Encode()} {
		h.Write([]byte(part + "\n")) // none of them holds a line break
	}
	h.Write(body)
	return h.Sum(nil), nil
}

// record runs the rest of the chain inside the transaction that ctx carries and gives what it would have answered. A fault of ours is an
// error, since it undoes everything and is never kept; any other refusal is an answer.
func (s *Server) record(ctx context.Context, e echo.Context, next echo.HandlerFunc) (dispatch.Answer, error) {
	outer, request := e.Response(), e.Request()
	w := &recorder{header: http.Header{}}
	defer func() {
		e.SetResponse(outer)
		e.SetRequest(request)
	}()
	e.SetRequest(request.WithContext(ctx))
	e.SetResponse(echo.NewResponse(w, e.Echo()))
	if c := callOf(ctx); c.body != nil {
		e.Request().Body = io.NopCloser(bytes.NewReader(c.body))
	}
	if err := next(e); err != nil {
		if problemOf(ctx, fromEcho(err)).Status >= http.StatusInternalServerError {
			return dispatch.Answer{}, err
		}
		s.fail(err, e)
	}
	a := dispatch.Answer{Status: w.status, Headers: map[string]string{}, Body: w.body.Bytes()}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	for _, name := range keptHeaders {
		if v := w.header.Get(name); v != "" {
			a.Headers[name] = v
		}
	}
	return a, nil
}

// recorder holds an answer back until the transaction it came from is committed.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write implements io.Writer.
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }
