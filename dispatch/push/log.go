package push

import (
	"context"
	"log/slog"
	"time"

	"tournee/dispatch"
)

// Log is the sender used where there are no push credentials: it writes the notice's kind and id to the log, and no token and no text.
type Log struct {
	logger *slog.Logger
}

// NewLog gives the logging sender, and says in the log that no notice will reach a phone.
func NewLog(logger *slog.Logger) Log {
	logger.Warn("no push credentials: notices are written to this log and reach no phone")
	return Log{logger: logger}
}

// Send implements dispatch.Sender: every token counts as Delivered.
func (l Log) Send(ctx context.Context, n dispatch.Notice, tokens []string) ([]dispatch.Delivery, time.Duration, error) {
	l.logger.InfoContext(ctx, "notice not sent: no push credentials", "kind", n.Data["kind"], "notice_id", n.ID, "devices", len(tokens))
	deliveries := make([]dispatch.Delivery, len(tokens))
	for i, token := range tokens {
		deliveries[i] = dispatch.Delivery{Token: token, State: dispatch.Delivered}
	}
	return deliveries, 0, nil
}
