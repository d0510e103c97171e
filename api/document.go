package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"tournee/dispatch"
)

// maxDepth is how deep a document may nest: far beyond any schema of ours, far below what a stack can bear.
const maxDepth = 32

// decodeDocument reads one JSON document (RFC 8259) more strictly than encoding/json does: UTF-8 only, no key twice in an object, at
// most maxDepth deep, nothing after it. Numbers stay as written. Refusals are 400 and say at which byte.
func decodeDocument(body []byte) (any, error) {
	if !utf8.Valid(body) {
		return nil, &refusal{status: http.StatusBadRequest, code: "invalid_utf8", params: map[string]any{"offset": invalidAt(body)}}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err == nil {
		if _, after := d.Token(); after == nil || !errors.Is(after, io.EOF) {
			err = trailing(body, d.InputOffset())
		}
	}
	var refused *refusal
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &refused):
		return nil, err
	}
	return nil, malformed(body, err)
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, nested := t.(json.Delim)
	if !nested {
		return t, nil
	}
	if depth == maxDepth {
		return nil, &refusal{status: http.StatusBadRequest, code: "too_deep", params: map[string]any{"limit": maxDepth, "offset": d.InputOffset()}}
	}
	if delim == '[' {
		return decodeArray(d, depth+1)
	}
	return decodeObject(d, depth+1)
}

func decodeArray(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := decodeValue(d, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, err
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := t.(string) // the decoder accepts nothing else as a key
		if _, twice := object[key]; twice {
			return nil, &refusal{status: http.StatusBadRequest, code: "duplicate_key", params: map[string]any{"key": key, "offset": d.InputOffset()}}
		}
		if object[key], err = decodeValue(d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

func malformedAt(offset int64, err error) error {
	return &refusal{status: http.StatusBadRequest, code: "malformed_json", params: map[string]any{"offset": offset}, err: err}
}

// malformed says where a document stops being JSON. encoding/json's whole-document check tells the offset; its token reader does not.
func malformed(body []byte, err error) error {
	var v json.RawMessage
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, &v)); ok {
		return malformedAt(syntax.Offset, syntax)
	}
	return malformedAt(int64(len(body)), err)
}

func trailing(body []byte, from int64) error {
	return malformedAt(from, fmt.Errorf("%d bytes after the document", int64(len(body))-from))
}

func invalidAt(body []byte) int {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(body)
}

// zeroCharacters finds the strings of a document that hold U+0000, which a PostgreSQL text cannot.
func zeroCharacters(faults *dispatch.Faults, path string, v any) {
	switch v := v.(type) {
	case string:
		faults.Check(!strings.ContainsRune(v, 0), path, "field.character")
	case []any:
		for i, item := range v {
			zeroCharacters(faults, path+"/"+strconv.Itoa(i), item)
		}
	case map[string]any:
		for key, item := range v {
			faults.Check(!strings.ContainsRune(key, 0), path, "field.character")
			zeroCharacters(faults, path+"/"+escapePointer(key), item)
		}
	}
}

// escapePointer is one reference token of a JSON pointer (RFC 6901 §3).
func escapePointer(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
