package api

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestShutdownEndsTheStreamsAndLetsTheOthersFinish(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	base := "http://" + l.Addr().String()
	do := func(path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer client")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	stream := do("/v1/events")
	if stream.StatusCode != http.StatusOK || stream.Header.Get("Content-Type") != "text/event-stream" || stream.Header.Get("RateLimit") == "" {
		t.Fatalf("the stream begins with %d %v", stream.StatusCode, stream.Header)
	}
	lines := bufio.NewReader(stream.Body)
	if line, err := lines.ReadString('\n'); err != nil || line != "retry: 3000\n" {
		t.Fatalf("its first line is %q (%v): it is not flushed", line, err)
	}
	if _, err := io.ReadAll(do("/v1/things").Body); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Fatalf("shutting down: %v", err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil || !strings.HasSuffix(string(rest), "event: end\ndata: {\"code\":\"shutting_down\"}\n\n") {
		t.Errorf("the stream ends with %q (%v)", rest, err)
	}
	if err := <-served; err != nil {
		t.Errorf("serving ended with %v", err)
	}
}
