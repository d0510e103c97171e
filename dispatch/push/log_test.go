package push_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"tournee/dispatch"
	"tournee/dispatch/push"
)

func TestWithoutCredentialsTheLogSaysSoAndNamesTheNoticeButNoToken(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := push.NewLog(slog.New(slog.NewTextHandler(&out, nil)))
	if !strings.Contains(out.String(), "no push credentials") {
		t.Errorf("at the start the log says %q", out.String())
	}
	deliveries, _ := send(t, s, notice(), "secret-token", "other-secret")
	for _, d := range deliveries {
		if d.State != dispatch.Delivered {
			t.Errorf("state %d; want Delivered", d.State)
		}
	}
	for _, want := range []string{"visit_planned", notice().ID.String(), "devices=2"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, out.String())
		}
	}
	for _, secret := range []string{"secret", notice().Title, notice().Body} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log gives away %q", secret)
		}
	}
}
