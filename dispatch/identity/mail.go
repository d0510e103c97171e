package identity

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"tournee/dispatch/message"
)

// Mail is what the job queue holds about a mail to send: ids alone. The text, the address and the one-time token are made when it is
// sent (DeliverMail), so that the queue's table never bears them.
type Mail struct {
	Template  string    `json:"template"`
	OneTimeID uuid.UUID `json:"one_time_id"`
	AccountID uuid.UUID `json:"account_id"`
}

// The templates beside the purposes of one-time tokens.
const (
	passwordChanged   = "password_changed"
	alreadyRegistered = "already_registered"
)

// Message is a mail to one person, in plain text.
type Message struct {
	ID      string // the same at every attempt: becomes the Message-ID
	To      string
	Subject string
	Body    string
}

// Mailer sends a mail, or fails: then the job tries again.
type Mailer interface {
	Send(ctx context.Context, m Message) error
}

// DeliverMail is the work of the mail job. A mail whose link was used or ran out, or whose account is gone, is dropped without an error.
func (s *Service) DeliverMail(ctx context.Context, m Mail) error {
	var msg Message
	err := s.store.Tx(ctx, uuid.Nil, func(ctx context.Context) (err error) {
		if m.OneTimeID != uuid.Nil {
			msg, err = s.linkMessage(ctx, m.OneTimeID)
			return err
		}
		msg, err = s.accountMessage(ctx, m)
		return err
	})
	if isNotFound(err) {
		return nil
	}
	if err != nil || msg.To == "" {
		return err
	}
	return s.mailer.Send(ctx, msg)
}

// linkMessage is the mail that carries a one-time token. Who has an account is found out here, not where the mail was asked for.
func (s *Service) linkMessage(ctx context.Context, id uuid.UUID) (Message, error) {
	t, err := s.store.OneTime(ctx, id)
	if err != nil || !s.now().Before(t.ExpiresAt) {
		return Message{}, err
	}
	account, err := s.store.AccountByEmail(ctx, t.Email)
	if err != nil && !isNotFound(err) {
		return Message{}, err
	}
	known := err == nil
	switch {
	case t.Purpose == ForSignUp && known:
		return s.compose(alreadyRegistered, account.Locale, t.Email, id, nil), nil
	case t.Purpose == ForPasswordReset && (!known || account.State != Active):
		return Message{}, nil
	case t.Purpose == ForPasswordReset:
		t.Locale = account.Locale
	}
	token := s.oneTimeToken(t.Purpose, id)
	return s.compose(string(t.Purpose), t.Locale, t.Email, id, map[string]any{
		"link": s.config.LinkBase + "/" + strings.ReplaceAll(string(t.Purpose), "_", "-") + "#token=" + token, // a fragment stays out of servers' logs
		"code": token,
	}), nil
}

func (s *Service) accountMessage(ctx context.Context, m Mail) (Message, error) {
	a, err := s.store.Account(ctx, m.AccountID)
	if err != nil {
		return Message{}, err
	}
	return s.compose(m.Template, a.Locale, a.Email, m.AccountID, nil), nil
}

func (s *Service) compose(template, locale, to string, id uuid.UUID, params map[string]any) Message {
	return Message{
		ID: template + "." + id.String(), To: to,
		Subject: message.Text(locale, "mail_"+template+"_subject", nil),
		Body:    message.Text(locale, "mail_"+template+"_body", params),
	}
}
