package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tournee/dispatch"
)

func TestAConnectionThatBreaksIsADatabaseThatIsAwayAndNotAnErrorOfOurs(t *testing.T) {
	t.Parallel()
	reset := &net.OpError{Op: "read", Net: "unix", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	for _, err := range []error{io.ErrUnexpectedEOF, io.EOF, reset, net.ErrClosed, pgconn.ErrConnClosed, fmt.Errorf("reading: %w", syscall.EPIPE)} {
		known, ok := errors.AsType[*dispatch.Error](translate(err))
		if !ok || known.Kind != dispatch.KindUnavailable {
			t.Errorf("%v becomes %v", err, translate(err))
		}
	}
	for _, err := range []error{context.Canceled, context.DeadlineExceeded, errors.New("a defect")} {
		if _, ok := errors.AsType[*dispatch.Error](translate(err)); ok {
			t.Errorf("%v is told as %v", err, translate(err))
		}
	}
}
