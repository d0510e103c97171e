package fcmtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"tournee/dispatch/push/fcmtest"
)

func post(t *testing.T, server *fcmtest.Server, body string) (int, string) {
	t.Helper()
	answer, err := http.Post(server.Endpoint()+"/projects/demo/messages:send", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestWaitingForNoticesCountsTheAcceptedOnes(t *testing.T) {
	t.Parallel()
	server := fcmtest.Start()
	defer server.Close()
	server.Script("phone", fcmtest.Unregistered)
	waited := make(chan []fcmtest.Message)
	go func() {
		messages, err := server.Wait(t.Context(), 1)
		if err != nil {
			t.Error(err)
		}
		waited <- messages
	}()
	const body = `{"message":{"token":"phone","data":{"notice_id":"n1"}}}`
	if status, text := post(t, server, body); status != http.StatusNotFound || !strings.Contains(text, "UNREGISTERED") {
		t.Errorf("scripted answer: %d %s", status, text)
	}
	if status, text := post(t, server, body); status != http.StatusOK {
		t.Errorf("answer once the script is used up: %d %s", status, text)
	}
	messages := <-waited
	if len(messages) != 1 || messages[0].NoticeID != "n1" || string(messages[0].JSON) != body {
		t.Errorf("accepted: %+v", messages)
	}
	if got := len(server.To("phone")); got != 2 {
		t.Errorf("%d requests recorded; want 2, the refused one included", got)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := fcmtest.Start()
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := server.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
}

func TestAMessageWithoutATokenOrNotJSONIsAnInvalidArgument(t *testing.T) {
	t.Parallel()
	server := fcmtest.Start()
	defer server.Close()
	for _, body := range []string{`{"message":{}}`, `{`, `{"message":{"token":"a","data":{"n":1}}}`} {
		if status, text := post(t, server, body); status != http.StatusBadRequest || !strings.Contains(text, "INVALID_ARGUMENT") {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
}
