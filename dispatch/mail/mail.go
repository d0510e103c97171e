// Package mail sends mails: by SMTP (RFC 5321, 5322), or into the log where no SMTP server is configured.
package mail

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"tournee/dispatch/identity"
)

// compose writes the mail as it goes over the wire: UTF-8 plain text, lines ended by CRLF, every line of ASCII (RFC 2045, 2047).
// The Message-ID is the same for every attempt to send the same message, so that a mailbox can drop a repeat.
func compose(from, to *mail.Address, m identity.Message, at time.Time) ([]byte, error) {
	_, domain, _ := strings.Cut(from.Address, "@")
	headers := [][2]string{
		{"From", from.String()},
		{"To", (&mail.Address{Address: to.Address}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + m.ID + "@" + domain + ">"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: no holiday replies, please
	}
	var b bytes.Buffer
	for _, h := range headers {
		if strings.ContainsFunc(h[1], unicode.IsControl) {
			return nil, fmt.Errorf("mail: the header %s of message %s holds a control character", h[0], m.ID)
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, err := w.Write([]byte(strings.ReplaceAll(strings.ReplaceAll(m.Body, "\r\n", "\n"), "\n", "\r\n")))
	return b.Bytes(), errors.Join(err, w.Close())
}
