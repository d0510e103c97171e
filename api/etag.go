package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"tournee/dispatch"
)

// etag is the entity tag of a record's version: a strong one, since every change makes a new version.
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// version is the version that an If-Match header (RFC 9110 §13.1.1) says the caller has read; 0 for "*": any. Two people may edit what
// asks for it, so a missing header is refused with 428 and a tag that cannot be one of ours with 412. Of a list of tags the newest
// counts: they say "one of these", and versions only grow.
func version(ifMatch *string, noun string) (int, error) {
	if ifMatch == nil || strings.TrimSpace(*ifMatch) == "" {
		return 0, &refusal{status: http.StatusPreconditionRequired, code: "version_required", params: map[string]any{"noun": noun}}
	}
	if strings.TrimSpace(*ifMatch) == "*" {
		return 0, nil
	}
	newest := 0
	for tag := range strings.SplitSeq(*ifMatch, ",") {
		newest = max(newest, versionOf(tag))
	}
	if newest == 0 {
		return 0, dispatch.Stale(noun)
	}
	return newest, nil
}

// seenVersion is version where a caller need not say which version it has read: 0 stands for any.
func seenVersion(ifMatch, noun string) (int, error) {
	if ifMatch == "" {
		return 0, nil
	}
	return version(&ifMatch, noun)
}

// versionOf reads one strong tag of ours; 0 for anything else (a weak tag never matches: RFC 9110 §8.8.3.2).
func versionOf(tag string) int {
	tag = strings.TrimSpace(tag)
	if len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' || tag[1] == '0' {
		return 0
	}
	n, err := strconv.ParseUint(tag[1:len(tag)-1], 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// notModified reports whether the caller already has the answer with this tag (If-None-Match, RFC 9110 §13.1.2: weak comparison).
func notModified(ifNoneMatch, tag string) bool {
	if ifNoneMatch == "" || tag == "" {
		return false
	}
	for t := range strings.SplitSeq(ifNoneMatch, ",") {
		t = strings.TrimSpace(t)
		if t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// unlessModified drops the body of an answer that became a 304: it stands between a GET handler and the connection.
type unlessModified struct {
	http.ResponseWriter
	skip bool
}

// Write implements io.Writer; a 304 has no body.
func (w *unlessModified) Write(b []byte) (int, error) {
	if w.skip {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the connection.
func (w *unlessModified) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// unchanged answers 304 to a reader who has the record already.
func (s *Server) unchanged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(e echo.Context) error {
		has := e.Request().Header.Get("If-None-Match")
		if op := callOf(e.Request().Context()).operation; op == nil || op.route.Method != http.MethodGet || op.stream || has == "" {
			return next(e)
		}
		response := e.Response()
		w := &unlessModified{ResponseWriter: response.Writer}
		response.Writer = w
		response.Before(func() {
			if response.Status == http.StatusOK && notModified(has, response.Header().Get("ETag")) {
				w.skip = true
				response.Status = http.StatusNotModified
				response.Header().Del("Content-Type")
				response.Header().Del("Content-Length")
			}
		})
		return next(e)
	}
}
