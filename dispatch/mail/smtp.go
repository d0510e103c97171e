package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"strings"
	"time"

	"tournee/dispatch/identity"
)

// Config is the SMTP server to hand mails to.
type Config struct {
	Address  string // host:port; 587 is the usual port
	From     string // "Tournée <no-reply@example.org>"
	Username string // "" to send without signing in
	Password string
	// Plaintext allows a server without STARTTLS that is not on this machine: mails, and the links in them, can then be read on the way.
	Plaintext bool
	TLS       *tls.Config // nil: the system's roots, the server's name
	Timeout   time.Duration
}

// SMTP sends each mail over a connection of its own.
type SMTP struct {
	config Config
	host   string
	from   *mail.Address
	now    func() time.Time
}

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(c Config, now func() time.Time) (*SMTP, error) {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, fmt.Errorf("mail: the SMTP server %q is not host:port: %w", c.Address, err)
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("mail: the sender %q: %w", c.From, err)
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.TLS == nil {
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c.TLS = c.TLS.Clone()
	if c.TLS.ServerName == "" {
		c.TLS.ServerName = host
	}
	return &SMTP{config: c, host: host, from: from, now: now}, nil
}

// errNoTLS is told before anything of the mail was sent.
var errNoTLS = errors.New("mail: the SMTP server offers no STARTTLS, and is not on this machine: the mail would go in the clear")

// Send hands the mail to the server, which has it when Send gives nil. The whole exchange has Config.Timeout, or ctx's deadline if sooner.
func (s *SMTP) Send(ctx context.Context, m identity.Message) error {
	to, err := mail.ParseAddress(m.To)
	if err != nil {
		return fmt.Errorf("mail: the address of message %s: %w", m.ID, err)
	}
	text, err := compose(s.from, to, m, s.now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.config.Address)
	if err != nil {
		return fmt.Errorf("mail: connecting: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // net/smtp knows no context: fail what it waits for
	defer stop()
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return errors.Join(fmt.Errorf("mail: greeting: %w", err), conn.Close())
	}
	defer func() { _ = client.Close() }() // after Quit there is nothing left to lose
	if err := s.hand(client, to.Address, text); err != nil {
		return fmt.Errorf("mail: message %s: %w", m.ID, err)
	}
	return nil
}

// hand speaks the protocol up to the server's answer to the data.
func (s *SMTP) hand(client *smtp.Client, to string, text []byte) error {
	if err := s.secure(client); err != nil {
		return err
	}
	if s.config.Username != "" {
		if err := client.Auth(smtp.PlainAuth("", s.config.Username, s.config.Password, s.host)); err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
	}
	if err := client.Mail(s.from.Address); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil { // the server's answer to the mail as a whole
		return err
	}
	_ = client.Quit() // the mail is accepted: a failed farewell must not send it again
	return nil
}

func (s *SMTP) secure(client *smtp.Client) error {
	if ok, _ := client.Extension("STARTTLS"); ok {
		return client.StartTLS(s.config.TLS)
	}
	if s.config.Plaintext || local(s.host) {
		return nil
	}
	return errNoTLS
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
