// Package push delivers notices to phones and browsers: through Firebase Cloud Messaging (HTTP v1), or, without credentials, into the log.
package push

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"

	"tournee/dispatch"
)

const (
	tokensPerCall  = 500 // the SDK refuses more in one call
	defaultTimeout = 30 * time.Second
)

// Config says where notices go and as whom. At most one of CredentialsFile and CredentialsJSON is set: the key of a service account.
// With neither, and no Endpoint, the machine's application default credentials are used.
type Config struct {
	CredentialsFile string
	CredentialsJSON []byte
	ProjectID       string           // the Firebase project; by default the one the credentials name
	Endpoint        string           // base address including the version, instead of Google's; without credentials it is called unauthenticated
	Timeout         time.Duration    // for one call of at most 500 tokens, the SDK's own retries included; 30 s by default
	Now             func() time.Time // time.Now by default
}

type fcm struct {
	client  *messaging.Client
	timeout time.Duration
}

// NewFCM gives a sender through Firebase Cloud Messaging. It fails on credentials that cannot be used, and reaches no network.
// ctx bounds only the set-up.
func NewFCM(ctx context.Context, c Config) (dispatch.Sender, error) {
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	transport, projectID, err := authenticate(ctx, c)
	if err != nil {
		return nil, err
	}
	if projectID == "" {
		return nil, errors.New("push: the Firebase project is not known: neither the configuration nor the credentials name one")
	}
	options := []option.ClientOption{option.WithHTTPClient(&http.Client{Transport: &wishRecorder{base: transport, now: c.Now}})}
	if c.Endpoint != "" {
		options = append(options, option.WithEndpoint(strings.TrimRight(c.Endpoint, "/")))
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: projectID}, options...)
	if err != nil {
		return nil, fmt.Errorf("push: set up Firebase: %w", err)
	}
	client, err := app.Messaging(ctx)
	if err != nil {
		return nil, fmt.Errorf("push: set up Firebase Cloud Messaging: %w", err)
	}
	return &fcm{client: client, timeout: c.Timeout}, nil
}

// Send implements dispatch.Sender. A notice that no push service would take is MessageRefused for every token before anything is sent.
// Within a call the SDK itself repeats after a 503 or a broken connection; a phone may then get the notice twice, and shows it once.
func (f *fcm) Send(ctx context.Context, n dispatch.Notice, tokens []string) ([]dispatch.Delivery, time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, fmt.Errorf("push: nothing was sent: %w", err)
	}
	deliveries := make([]dispatch.Delivery, len(tokens))
	template, err := compose(n)
	if err != nil {
		for i, token := range tokens {
			deliveries[i] = dispatch.Delivery{Token: token, State: dispatch.MessageRefused, Err: err}
		}
		return deliveries, 0, nil
	}
	var messages []*messaging.Message
	var places []int // messages[i] is for tokens[places[i]]
	for i, token := range tokens {
		if token == "" {
			deliveries[i] = dispatch.Delivery{State: dispatch.MessageRefused, Err: errors.New("push: empty token")}
			continue
		}
		m := *template
		m.Token = token
		messages, places = append(messages, &m), append(places, i)
	}
	var longest time.Duration
	for start := 0; start < len(messages); start += tokensPerCall {
		end := min(start+tokensPerCall, len(messages))
		results, retryAfter := f.call(ctx, messages[start:end])
		for i, d := range results {
			deliveries[places[start+i]] = d
		}
		longest = max(longest, retryAfter)
	}
	return deliveries, longest, nil
}

// call sends at most 500 messages within the timeout. The wait it returns is zero when none is Undelivered.
func (f *fcm) call(ctx context.Context, messages []*messaging.Message) ([]dispatch.Delivery, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	ctx, wish := recordWish(ctx)
	batch, err := f.client.SendEach(ctx, messages)
	deliveries := make([]dispatch.Delivery, len(messages))
	var retryAfter time.Duration
	for i, m := range messages {
		answer := err // the SDK refused the message itself, before sending any
		state := dispatch.MessageRefused
		if err == nil {
			answer = batch.Responses[i].Error
			state = stateOf(answer)
		}
		deliveries[i] = dispatch.Delivery{Token: m.Token, State: state, Err: describe(m.Token, answer)}
		if state == dispatch.Undelivered {
			retryAfter = wish.longest()
		}
	}
	return deliveries, retryAfter
}

// stateOf reads the service's answer for one token: the FcmError code first, since a bare 403 or 404 is about our credentials or
// project, and must not delete a good token. https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
func stateOf(err error) dispatch.DeliveryState {
	switch {
	case err == nil:
		return dispatch.Delivered
	case messaging.IsUnregistered(err), messaging.IsSenderIDMismatch(err):
		return dispatch.TokenGone
	case messaging.IsInvalidArgument(err), errorutils.IsInvalidArgument(err):
		return dispatch.MessageRefused
	default: // quota, unavailable, internal, credentials, network, deadline, an answer that cannot be read
		return dispatch.Undelivered
	}
}

// describe makes an error fit for the log: it names the token by its fingerprint only, whatever the service's answer quoted.
func describe(token string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("push: token %s: %s", Fingerprint(token), strings.ReplaceAll(err.Error(), token, Fingerprint(token)))
}

// Fingerprint names a token in logs without giving it away: the first 12 hexadecimal digits of its SHA-256.
func Fingerprint(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "#" + hex.EncodeToString(sum[:6])
}
