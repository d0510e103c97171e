package push

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"firebase.google.com/go/v4/messaging"
	"github.com/google/uuid"

	"tournee/dispatch"
)

// Limits of the push services.
const (
	maxTTL      = 4 * 7 * 24 * time.Hour // FCM keeps a message four weeks at most
	maxPayload  = 4096                   // bytes of text and data together (FCM, APNs)
	maxCollapse = 64                     // bytes of apns-collapse-id
	noticeIDKey = "notice_id"            // the data key the phone tells repeats by
)

// topic is a web-push Topic: at most 32 characters of the URL-safe base64 alphabet (RFC 8030 §5.4).
var topic = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// compose turns a notice into the message every token gets, the token itself left out. Its error names every fault.
//
// A notice without a collapse key collapses only with its own repeats. Android keeps at most four different keys per phone that is
// off: a fifth drops one of the others.
func compose(n dispatch.Notice) (*messaging.Message, error) {
	if err := check(n); err != nil {
		return nil, err
	}
	key := n.Collapse
	if key == "" {
		key = n.ID.String()
	}
	data := maps.Clone(n.Data)
	if data == nil {
		data = map[string]string{}
	}
	data[noticeIDKey] = n.ID.String()
	return &messaging.Message{
		Data:         data,
		Notification: &messaging.Notification{Title: n.Title, Body: n.Body},
		Android:      android(n, key),
		APNS:         apns(n, key),
		Webpush:      webPush(n, key),
	}, nil
}

// android asks for delivery at once even to a sleeping phone. The tag makes a repeat replace what is on the screen.
func android(n dispatch.Notice, key string) *messaging.AndroidConfig {
	return &messaging.AndroidConfig{
		Priority:     "high",
		CollapseKey:  key,
		TTL:          &n.TTL,
		Notification: &messaging.AndroidNotification{Tag: key, Priority: messaging.PriorityHigh, DefaultSound: true},
	}
}

// apns sets the headers of "Sending notification requests to APNs" (Apple): a TTL of zero expires at once. The instant of expiry is
// counted from the notice, not from the attempt, so that a repeat after a crash is the same message.
func apns(n dispatch.Notice, key string) *messaging.APNSConfig {
	expiration := "0"
	if n.TTL > 0 {
		expiration = strconv.FormatInt(n.CreatedAt.Add(n.TTL).Unix(), 10)
	}
	if len(key) > maxCollapse {
		key = digest(key)
	}
	return &messaging.APNSConfig{
		Headers: map[string]string{
			"apns-push-type":   "alert",
			"apns-priority":    "10",
			"apns-collapse-id": key,
			"apns-expiration":  expiration,
		},
		Payload: &messaging.APNSPayload{Aps: &messaging.Aps{Sound: "default"}},
	}
}

// webPush sets the header fields of RFC 8030 §5.2–5.4.
func webPush(n dispatch.Notice, key string) *messaging.WebpushConfig {
	headerTopic := key
	if !topic.MatchString(headerTopic) {
		headerTopic = digest(key)
	}
	return &messaging.WebpushConfig{
		Headers: map[string]string{
			"TTL":     strconv.FormatInt(int64(n.TTL/time.Second), 10),
			"Urgency": "high",
			"Topic":   headerTopic,
		},
		Notification: &messaging.WebpushNotification{Tag: key},
	}
}

// digest shortens a collapse key to 32 URL-safe characters; equal keys stay equal.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// check gives everything that a push service would refuse, or silently change, in the notice.
func check(n dispatch.Notice) error {
	var faults []error
	if n.ID == uuid.Nil {
		faults = append(faults, errors.New("push: the notice has no id: a repeat could not be told from a new one"))
	}
	if n.TTL < 0 || n.TTL > maxTTL {
		faults = append(faults, fmt.Errorf("push: the time to live is %v; it must lie between 0 and %v", n.TTL, maxTTL))
	}
	size := len(n.Title) + len(n.Body)
	for _, k := range slices.Sorted(maps.Keys(n.Data)) {
		size += len(k) + len(n.Data[k])
		if reserved(k) {
			faults = append(faults, fmt.Errorf("push: the data key %q is reserved", k))
		}
	}
	if size > maxPayload {
		faults = append(faults, fmt.Errorf("push: title, body and data are %d bytes; the limit is %d", size, maxPayload))
	}
	return errors.Join(faults...)
}

// reserved are the data keys that FCM keeps to itself, "aps", which Apple does, and our own.
// https://firebase.google.com/docs/cloud-messaging/customize-messages/set-message-type
func reserved(key string) bool {
	switch key {
	case "", "from", "notification", "message_type", "collapse_key", "aps", noticeIDKey:
		return true
	}
	return strings.HasPrefix(key, "google") || strings.HasPrefix(key, "gcm")
}
