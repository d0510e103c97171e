package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"tournee/dispatch/identity"
)

var at = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// server is an SMTP server for one mail.
type server struct {
	address  string
	trust    *tls.Config
	startTLS bool
	refuse   string // the command refused with 550
	silent   bool   // never greets
	got      chan received
}

type received struct {
	from, to, data, auth string
	secure               bool
}

func serve(t *testing.T, s *server) *server {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1 and example.com
	t.Cleanup(certified.Close)
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	s.trust = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, ServerName: "example.com"}
	s.got = make(chan received, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.address = l.Addr().String()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		if s.silent {
			_, _ = io.Copy(io.Discard, conn) // until the client gives up
			return
		}
		s.got <- s.talk(conn, certified.TLS)
	}()
	return s
}

func (s *server) talk(conn net.Conn, certificate *tls.Config) (r received) {
	say := func(line string) { _, _ = fmt.Fprintf(conn, "%s\r\n", line) }
	in := bufio.NewReader(conn)
	say("220 ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return r
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch {
		case verb == s.refuse:
			say("550 no")
		case verb == "EHLO" && s.startTLS && !r.secure:
			say("250-me")
			say("250 STARTTLS")
		case verb == "EHLO":
			say("250-me")
			say("250 AUTH PLAIN")
		case verb == "STARTTLS":
			say("220 go")
			secured := tls.Server(conn, &tls.Config{Certificates: certificate.Certificates, MinVersion: tls.VersionTLS12})
			conn, in, r.secure = secured, bufio.NewReader(secured), true
		case verb == "AUTH":
			r.auth = line
			say("235 welcome")
		case verb == "MAIL":
			r.from = line
			say("250 ok")
		case verb == "RCPT":
			r.to = line
			say("250 ok")
		case verb == "DATA":
			say("354 go on")
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				r.data += line
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return r
		}
	}
}

func (s *server) sender(t *testing.T, change func(*Config)) *SMTP {
	t.Helper()
	c := Config{Address: s.address, From: "Tournée <no-reply@tournee.example>", TLS: s.trust, Timeout: 20 * time.Second}
	if change != nil {
		change(&c)
	}
	m, err := NewSMTP(c, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var hello = identity.Message{
	ID: "password_reset.42", To: "jeanne@example.fr", Subject: "Réinitialisez : « ça » dépêche",
	Body: "Bonjour,\n\nouvrez ce lien très long :\nhttps://tournee.example/account/password-reset#token=" + strings.Repeat("abcdefgh", 12) + "\n.\nfin\n",
}

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := serve(t, &server{startTLS: true})
	if err := s.sender(t, func(c *Config) { c.Username, c.Password = "me", "secret" }).Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	r := <-s.got
	if !r.secure || r.auth == "" || r.from != "MAIL FROM:<no-reply@tournee.example>" || r.to != "RCPT TO:<jeanne@example.fr>" {
		t.Errorf("%+v", r)
	}
	m, err := mail.ReadMessage(strings.NewReader(strings.ReplaceAll(r.data, "\r\n..", "\r\n.")))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != hello.Subject {
		t.Errorf("the subject is %q (%v)", subject, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") != strings.TrimRight(hello.Body, "\n") {
		t.Errorf("the body is %q (%v)", body, err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || from[0].Name != "Tournée" {
		t.Errorf("from %v (%v)", from, err)
	}
	date, err := m.Header.Date()
	if err != nil || !date.Equal(at) {
		t.Errorf("dated %v (%v)", date, err)
	}
	if id := m.Header.Get("Message-ID"); id != "<password_reset.42@tournee.example>" {
		t.Errorf("Message-ID %s", id)
	}
	for line := range strings.SplitSeq(r.data, "\r\n") {
		if len(line) > 200 || strings.ContainsFunc(line, func(c rune) bool { return c > 126 }) {
			t.Errorf("a line that some servers mangle: %q", line)
		}
	}
}

func TestAMailIsNotSentInTheClearToAnotherMachine(t *testing.T) {
	t.Parallel()
	s := serve(t, &server{})
	remote := s.sender(t, nil)
	remote.host = "mail.example.org" // the address leads here, the name says elsewhere
	if err := remote.Send(t.Context(), hello); !errors.Is(err, errNoTLS) {
		t.Errorf("%v", err)
	}
	if r := <-s.got; r.from != "" || r.data != "" {
		t.Errorf("already told: %+v", r)
	}
	allowed := serve(t, &server{})
	insists := allowed.sender(t, func(c *Config) { c.Plaintext = true })
	insists.host = "mail.example.org"
	if err := insists.Send(t.Context(), hello); err != nil {
		t.Errorf("explicitly allowed: %v", err)
	}
	loopback := serve(t, &server{})
	if err := loopback.sender(t, nil).Send(t.Context(), hello); err != nil {
		t.Errorf("to this machine: %v", err)
	}
}

func TestAServerWhoseCertificateIsNotItsOwnGetsNothing(t *testing.T) {
	t.Parallel()
	s := serve(t, &server{startTLS: true})
	err := s.sender(t, func(c *Config) { c.TLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12} }).Send(t.Context(), hello)
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Errorf("%v", err)
	}
	if r := <-s.got; r.from != "" {
		t.Errorf("already told: %+v", r)
	}
}

func TestARefusalIsToldAndAFailedFarewellIsNot(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"MAIL", "RCPT", "DATA"} {
		s := serve(t, &server{startTLS: true, refuse: verb})
		if err := s.sender(t, nil).Send(t.Context(), hello); err == nil || !strings.Contains(err.Error(), "550") {
			t.Errorf("%s refused: %v", verb, err)
		}
	}
	s := serve(t, &server{startTLS: true, refuse: "QUIT"})
	if err := s.sender(t, nil).Send(t.Context(), hello); err != nil {
		t.Errorf("taken, but the job would send it again: %v", err)
	}
}

func TestAServerThatSaysNothingIsGivenUp(t *testing.T) {
	t.Parallel()
	s := serve(t, &server{silent: true})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	m := s.sender(t, nil)
	go func() { done <- m.Send(ctx, hello) }()
	cancel()
	if err := <-done; err == nil {
		t.Error("sent to nobody")
	}
}

func TestNobodyForgesAHeader(t *testing.T) {
	t.Parallel()
	from := &mail.Address{Name: "Tournée", Address: "no-reply@tournee.example"}
	for name, m := range map[string]identity.Message{
		"subject": {ID: "1", To: "a@example.fr", Subject: "Bonjour\r\nBcc: all@example.fr", Body: "x"},
		"id":      {ID: "1\r\nBcc: all@example.fr", To: "a@example.fr", Subject: "x", Body: "x"},
	} {
		text, err := compose(from, &mail.Address{Address: m.To}, m, at)
		if err == nil && bytes.Contains(bytes.ToLower(text), []byte("\nbcc:")) {
			t.Errorf("through the %s: %s", name, text)
		}
	}
	s := serve(t, &server{startTLS: true})
	if err := s.sender(t, nil).Send(t.Context(), identity.Message{ID: "1", To: "a@example.fr>\r\nRCPT TO:<b@example.fr", Subject: "x"}); err == nil {
		t.Error("through the address")
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"no port":   {Address: "mail.example.org", From: "a@example.org"},
		"no sender": {Address: "mail.example.org:587"},
		"two":       {Address: "mail.example.org:587", From: "a@example.org, b@example.org"},
	} {
		if _, err := NewSMTP(c, time.Now); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestWithoutAServerTheLinkIsInTheLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := (Log{slog.New(slog.NewTextHandler(&out, nil))}).Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "#token=") != 1 || !strings.Contains(out.String(), "not sent") || !strings.Contains(out.String(), hello.To) {
		t.Error(out.String())
	}
}
