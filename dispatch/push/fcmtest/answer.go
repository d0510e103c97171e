package fcmtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Answer is what the service says to one request.
type Answer struct {
	status     int
	code       string // google.rpc.Code
	fcm        string // code of the FcmError detail; none when empty
	retryAfter time.Duration
	body       string // instead of the usual one
	behave     func(w http.ResponseWriter, r *http.Request, closing <-chan struct{})
}

// The answers of the service, as listed at https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
var (
	OK               = Answer{status: http.StatusOK}
	Unregistered     = Answer{status: http.StatusNotFound, code: "NOT_FOUND", fcm: "UNREGISTERED"}
	SenderIDMismatch = Answer{status: http.StatusForbidden, code: "PERMISSION_DENIED", fcm: "SENDER_ID_MISMATCH"}
	InvalidArgument  = Answer{status: http.StatusBadRequest, code: "INVALID_ARGUMENT", fcm: "INVALID_ARGUMENT"}
	QuotaExceeded    = Answer{status: http.StatusTooManyRequests, code: "RESOURCE_EXHAUSTED", fcm: "QUOTA_EXCEEDED"}
	Unavailable      = Answer{status: http.StatusServiceUnavailable, code: "UNAVAILABLE", fcm: "UNAVAILABLE"}
	Internal         = Answer{status: http.StatusInternalServerError, code: "INTERNAL", fcm: "INTERNAL"}
	ThirdPartyAuth   = Answer{status: http.StatusUnauthorized, code: "UNAUTHENTICATED", fcm: "THIRD_PARTY_AUTH_ERROR"}

	Unauthenticated  = Answer{status: http.StatusUnauthorized, code: "UNAUTHENTICATED"}
	PermissionDenied = Answer{status: http.StatusForbidden, code: "PERMISSION_DENIED"} // of the service account, not of a token
	ProjectNotFound  = Answer{status: http.StatusNotFound, code: "NOT_FOUND"}

	Hang      = Answer{behave: hang} // says nothing until the client gives up
	Drop      = Answer{behave: drop} // breaks the connection
	Malformed = Answer{status: http.StatusOK, body: `{"name": "projects/`}
)

// After gives the same answer with a Retry-After header, in whole seconds.
func (a Answer) After(d time.Duration) Answer {
	a.retryAfter = d
	return a
}

func (a Answer) success() bool { return a.status == http.StatusOK && a.body == "" }

func (a Answer) write(w http.ResponseWriter, r *http.Request, closing <-chan struct{}) {
	if a.behave != nil {
		a.behave(w, r, closing)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(a.retryAfter/time.Second)))
	}
	w.WriteHeader(a.status)
	if a.body != "" {
		_, _ = w.Write([]byte(a.body)) // a client that went away is the client's affair
		return
	}
	_ = json.NewEncoder(w).Encode(a.json(r.PathValue("project")))
}

func (a Answer) json(project string) any {
	if a.success() {
		return map[string]any{"name": "projects/" + project + "/messages/0:1"}
	}
	failure := map[string]any{"code": a.status, "status": a.code, "message": "scripted: " + a.code}
	if a.fcm != "" {
		failure["details"] = []any{map[string]any{
			"@type":     "type.googleapis.com/google.firebase.fcm.v1.FcmError",
			"errorCode": a.fcm,
		}}
	}
	return map[string]any{"error": failure}
}

func hang(_ http.ResponseWriter, r *http.Request, closing <-chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-closing:
	}
}

func drop(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
	panic(http.ErrAbortHandler) // net/http's own way to break a connection off
}
