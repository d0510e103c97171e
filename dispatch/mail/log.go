package mail

import (
	"context"
	"log/slog"

	"tournee/dispatch/identity"
)

// Log writes mails to the program's log, for an installation without an SMTP server: whoever runs the program passes the link on.
type Log struct{ Logger *slog.Logger }

// Send writes the mail, its link included, once.
func (l Log) Send(ctx context.Context, m identity.Message) error {
	l.Logger.InfoContext(ctx, "no SMTP server is configured: this mail was not sent", "id", m.ID, "to", m.To, "subject", m.Subject, "body", m.Body)
	return nil
}
