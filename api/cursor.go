package api

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tournee/dispatch"
)

// Page sizes of lists.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// listCursor is the form of a list's cursor: the form's number, so that a later server still reads or refuses an earlier one's; the id
// (16 bytes); and in a list of changes microseconds since 1970 (8 bytes).
const listCursor = 1

var base64url = base64.RawURLEncoding.Strict()

// cursorText is a place in a list as callers carry it: opaque, and good for no other list than one in the same order.
func cursorText(c *dispatch.Cursor) *string {
	if c == nil {
		return nil
	}
	b := append([]byte{listCursor}, c.ID[:]...)
	if !c.At.IsZero() {
		b = binary.BigEndian.AppendUint64(b, uint64(c.At.UnixMicro()))
	}
	text := base64url.EncodeToString(b)
	return &text
}

// cursorOf reads back what cursorText gave.
func cursorOf(text string) (dispatch.Cursor, bool) {
	b, err := base64url.DecodeString(text)
	if err != nil || (len(b) != 17 && len(b) != 25) || b[0] != listCursor {
		return dispatch.Cursor{}, false
	}
	c := dispatch.Cursor{ID: uuid.UUID(b[1:17])}
	if len(b) == 25 {
		c.At = time.UnixMicro(int64(binary.BigEndian.Uint64(b[17:]))).UTC()
		if year := c.At.Year(); c.At.IsZero() || year < 1 || year > 9999 {
			return dispatch.Cursor{}, false
		}
	}
	return c, true
}

// page is the part of a list that a caller asks for. A cursor that is not ours is a fault, and so is one of a list in another order:
// lists of changes go by time, the others by id.
func page(limit *int, cursor *string, updatedSince *time.Time) (dispatch.Page, error) {
	p := dispatch.Page{Limit: defaultLimit, UpdatedSince: updatedSince}
	var faults dispatch.Faults
	if limit != nil {
		p.Limit = *limit
		faults.Check(p.Limit >= 1 && p.Limit <= maxLimit, parameterPath("query", "limit"), "limit.range")
	}
	if cursor != nil {
		c, ok := cursorOf(*cursor)
		faults.Check(ok && c.At.IsZero() == (updatedSince == nil), parameterPath("query", "cursor"), "cursor.invalid")
		p.After = &c
	}
	return p, faults.Err()
}

// eventID is an event's place in the stream, as the "id" of a server-sent event: era, transaction and number.
func eventID(c dispatch.EventCursor) string {
	return fmt.Sprintf("%d.%d.%d", c.Era, c.Transaction, c.ID)
}

// eventCursorOf reads back what eventID gave, in the ranges that the database's types have.
func eventCursorOf(text string) (dispatch.EventCursor, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return dispatch.EventCursor{}, false
	}
	era, noEra := strconv.ParseUint(parts[0], 10, 31)
	transaction, noTransaction := strconv.ParseUint(parts[1], 10, 63)
	id, noID := strconv.ParseUint(parts[2], 10, 63)
	if noEra != nil || noTransaction != nil || noID != nil {
		return dispatch.EventCursor{}, false
	}
	return dispatch.EventCursor{Era: int32(era), Transaction: transaction, ID: int64(id)}, true
}
