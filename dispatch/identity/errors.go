package identity

import (
	"errors"

	"tournee/dispatch"
)

// refused is a 401 with a stable code: the caller's proof of who they are is not good. Every code starts a sentence of the catalogue.
func refused(code string, cause error) error {
	return &dispatch.Error{Kind: dispatch.KindUnauthenticated, Code: code, Err: cause}
}

// isNotFound reports whether a lookup found nothing.
func isNotFound(err error) bool { return err != nil && dispatch.KindOf(err) == dispatch.KindNotFound }

// named turns a lookup that found nothing into a fault of the field that named it; other errors pass.
func named(err error, path, code string) error {
	if !isNotFound(err) {
		return err
	}
	var f dispatch.Faults
	f.Add(path, code, nil)
	return f.Err()
}

// emailTaken turns the store's refusal of a second account under one e-mail into what a person reads; other errors pass.
func emailTaken(err error) error {
	var e *dispatch.Error
	if errors.As(err, &e) && e.Code == "already_exists" && (e.Params["constraint"] == "accounts_email" || e.Params["constraint"] == "accounts_invited_email") {
		return &dispatch.Error{Kind: dispatch.KindConflict, Code: "account_exists", Err: err}
	}
	return err
}
